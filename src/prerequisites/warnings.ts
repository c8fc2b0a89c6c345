import type { Issue } from "../model/issue.ts";
import { placeOf } from "./conflicts.ts";
import type { UnitNeeds } from "./unit-needs.ts";

/** What may go wrong later. It is told wherever issues are, and keeps nothing from being deployed. */
export const WARNINGS = {
  "container-name-hexadecimal":
    "a container or pod has a name of hexadecimal digits alone, which podman also takes for the beginning of an id",
} as const satisfies Record<string, string>;

/** As long as an id, or shorter. */
const HEXADECIMAL = /^[0-9a-f]{1,64}$/;

/** Finds them among all units of a host, of patterns and raw ones alike. */
export function warnings(needs: readonly UnitNeeds[]): readonly Issue[] {
  return needs
    .filter(({ podmanName }) => HEXADECIMAL.test(podmanName))
    .map(({ instance, unit, podmanName: name, subcommand }) => {
      const what = subcommand === "run" ? "container" : "pod";
      return {
        code: "container-name-hexadecimal" satisfies keyof typeof WARNINGS,
        message: `${unit.name} makes a ${what} named ${name}, and podman takes that for the beginning of an id where no ${what} has the name: starting it can remove another ${what}, whose id begins like this`,
        place: placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name) ?? unit.origin,
        instance,
        hint: `choose a name with another character in it, such as ${name}-1`,
      };
    });
}
