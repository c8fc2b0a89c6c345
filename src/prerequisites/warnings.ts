import type { Instance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Settings } from "../model/settings-schema.ts";
import { placeOf } from "./conflicts.ts";
import { labelWarnings } from "./shared-labels.ts";
import type { UnitNeeds } from "./unit-needs.ts";

/** What may go wrong later. Warnings appear wherever issues do, and keep nothing from being deployed. */
export const WARNINGS = {
  "probation-shorter": "an instance asks for a shorter probation than the settings; the settings' counts",
  "container-name-hexadecimal":
    "the name of a container or pod has only hexadecimal digits, " +
    "so podman may take it for the beginning of an id",
  "manifest-hidden": "a manifest lies in a folder whose name begins with a dot, so quadgate passes it over",
  "label-conflict":
    "several containers relabel the same files, one of them for itself alone (`:Z`); " +
    "it matters only with SELinux",
  "pull-after-stop":
    "with Pull=always or Pull=newer, podman asks the registry once more while the service is down",
  "auto-update-unused":
    "AutoUpdate= of a .kube whose YAML has no object of the kind Pod: podman updates none of its containers",
  "unit-refused": "systemd would not load the unit, so that its service cannot start",
  "setting-ignored": "systemd ignores a line of the unit, for example a value that it cannot read",
} as const satisfies Record<string, string>;

/** As long as an id, or shorter. */
const HEXADECIMAL = /^[0-9a-f]{1,64}$/;

/** Finds warnings among all units of a host, of patterns and raw Quadlets alike. */
export function warnings(needs: readonly UnitNeeds[]): readonly Issue[] {
  return [...labelWarnings(needs), ...hexadecimalNames(needs), ...latePulls(needs)];
}

/** quadgate has the image by then, but podman looks for another one at each start. */
function latePulls(needs: readonly UnitNeeds[]): readonly Issue[] {
  return needs
    .filter(({ pull }) => pull === "always" || pull === "newer")
    .map(({ instance, unit, pull, image = "" }) => ({
      code: "pull-after-stop" satisfies keyof typeof WARNINGS,
      message:
        `${unit.name} has Pull=${pull}: quadgate pulls ${image} before it stops the service, ` +
        "but podman asks the registry once more before it starts it again",
      place: placeOf(unit, "Pull", pull) ?? placeOf(unit, "PodmanArgs", pull) ?? unit.origin,
      instance,
      hint: "without Pull=, a slow registry cannot delay the start",
    }));
}

function hexadecimalNames(needs: readonly UnitNeeds[]): readonly Issue[] {
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

/** Finds manifests whose `probation` counts for nothing, because the settings ask for more. */
export function shorterProbations(
  instances: readonly Instance[],
  { verify: { probation: least } }: { readonly verify: Pick<Settings["verify"], "probation"> },
): readonly Issue[] {
  return instances.flatMap((one) => {
    if (one.spec.probation === undefined || one.spec.probation >= least) return [];
    return {
      code: "probation-shorter" satisfies keyof typeof WARNINGS,
      message: `"probation" is shorter than ${least / 1_000} s, the settings' verify.probation, which counts`,
      place: one.places.get("probation") ?? one.place,
      instance: one.name,
      hint: "leave it out, or make it longer",
    };
  });
}
