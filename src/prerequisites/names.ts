import type { Place } from "../model/place.ts";
import { nameKey, type TakenName } from "../quadlet/names.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { placeOf } from "./conflicts.ts";

const REMOVAL = {
  container: "podman rm --force",
  pod: "podman pod rm --force",
} as const satisfies Record<TakenName["kind"], string>;

/** podman's `--replace` would remove a container or a pod that belongs to somebody else. */
export function names({ names: taken, leftAlone, foreign, had }: PrerequisiteInput): readonly Prerequisite[] {
  return taken.flatMap((one): readonly Prerequisite[] => {
    const { instance, kind, name } = one;
    const issue = { instance, check: `name ${name}`, code: "name-taken" as const, place: placeOfName(one) };
    const what = `the ${kind} ${JSON.stringify(name)}`;
    const holder = leftAlone.get(nameKey(one));
    if (holder !== undefined && holder !== instance) {
      const message = `${what} is of the instance ${holder}, which stays as it is`;
      return [{ ...issue, message, fix: `choose another name, or remove the instance ${holder} first` }];
    }
    const service = foreign.get(nameKey(one));
    // Run by hand in the place of what the unit has made so far, it is drift that a sync puts back.
    if (service === undefined || (service === "" && had(one))) return [];
    const maker = service === "" ? "was made by hand" : `is of ${service}`;
    const fix = `choose another name, or remove the ${kind} first: ${REMOVAL[kind]} ${name}`;
    return [{ ...issue, message: `${what} ${maker}, not by quadgate`, fix }];
  });
}

/** YAML is no file of the unit's own: the line that names it has to do. */
function placeOfName({ unit, name }: TakenName): Place {
  const written = placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name);
  return written ?? placeOf(unit, "Yaml", "") ?? unit.origin;
}
