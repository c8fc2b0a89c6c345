import type { Issue } from "../model/issue.ts";
import { placeOf } from "./conflicts.ts";
import type { UnitNeeds } from "./unit-needs.ts";

/** What may go wrong later. Warnings appear wherever issues do, and keep nothing from being deployed. */
export const WARNINGS = {
  "container-name-hexadecimal":
    "the name of a container or pod has only hexadecimal digits, " +
    "so podman may take it for the beginning of an id",
} as const satisfies Record<string, string>;

/** As long as an id, or shorter. */
const HEXADECIMAL = /^[0-9a-f]{1,64}$/;

/** Finds warnings among all units of a host, of patterns and raw Quadlets alike. */
export function warnings(needs: readonly UnitNeeds[]): readonly Issue[] {
  return needs
    .filter(({ podmanName }) => HEXADECIMAL.test(podmanName))
    .map(({ instance, unit, podmanName: name, subcommand }) => {
      const what = subcommand === "run" ? "container" : "pod";
      return {
        code: "container-name-hexadecimal" satisfies keyof typeof WARNINGS,
        message:
          `${unit.name} creates a ${what} named ${name}; if no ${what} has that name, ` +
          "podman takes it for the beginning of an id, " +
          `so starting it can remove another ${what} whose id begins that way`,
        place: placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name) ?? unit.origin,
        instance,
        hint: `choose a name with another character, such as ${name}-1`,
      };
    });
}
