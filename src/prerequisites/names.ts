import type { Place } from "../model/place.ts";
import { nameKey, type TakenName } from "../quadlet/names.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { placeOf } from "./conflicts.ts";

const REMOVAL = {
  container: "podman rm --force",
  pod: "podman pod rm --force",
} as const satisfies Record<TakenName["kind"], string>;

/** Finds names that others have: podman's `--replace` would remove their containers or pods. */
export function names({ names: taken, leftAlone, foreign, had }: PrerequisiteInput): readonly Prerequisite[] {
  return taken.flatMap((one): readonly Prerequisite[] => {
    const { instance, kind, name } = one;
    const issue = { instance, check: `name ${name}`, code: "name-taken" as const, place: placeOfName(one) };
    const what = `the ${kind} ${JSON.stringify(name)}`;
    const holder = leftAlone.get(nameKey(one));
    if (holder !== undefined && holder !== instance) {
      const message = `${what} belongs to the instance ${holder}, which stays as it is`;
      return [{ ...issue, message, fix: `choose another name, or remove the instance ${holder} first` }];
    }
    const service = foreign.get(nameKey(one));
    // A container run by hand in place of the unit's own is drift, which a sync repairs.
    if (service === undefined || (service === "" && had(one))) return [];
    const maker = service === "" ? "was made by hand" : `was made by ${service}`;
    const fix = `choose another name, or remove the ${kind} first: ${REMOVAL[kind]} ${name}`;
    return [{ ...issue, message: `${what} ${maker}, not by quadgate`, fix }];
  });
}

/** A name in YAML has no line in the unit, so its place is the line that names the YAML file. */
function placeOfName({ unit, name }: TakenName): Place {
  const written = placeOf(unit, "ContainerName", name) ?? placeOf(unit, "PodName", name);
  return written ?? placeOf(unit, "Yaml", "") ?? unit.origin;
}

/** Finds plain units whose names systemd knows from elsewhere: the file would hide that other unit. */
export function unitNames({ namesakes }: PrerequisiteInput): readonly Prerequisite[] {
  return namesakes.map(({ unit, name, path, generated }) => {
    const maker = generated
      ? `a generator has made ${name}, as podman's does of a Quadlet`
      : `${path} has it`;
    const message = `the name ${name} is taken: ${maker}`;
    const fix = "choose another name; change a unit of others with systemctl edit";
    return {
      instance: unit.instance,
      check: `unit ${name}`,
      code: "unit-name-taken",
      message,
      fix,
      place: unit.origin,
    };
  });
}
