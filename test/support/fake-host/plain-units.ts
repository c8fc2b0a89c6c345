import { plainKindOf } from "../../../src/model/plain-unit.ts";
import { mainUnitOf } from "../../../src/model/unit.ts";
import { withPlainUnits } from "../../../src/quadlet/plain-units.ts";
import { triggersIn } from "../../../src/quadlet/triggers.ts";
import type { World } from "./world.ts";

interface NamedText {
  readonly name: string;
  readonly content: string;
}

/** The plain units and their drop-ins in systemdDir, by their path in it. */
function plainFiles({ files, facts }: World): readonly NamedText[] {
  const folder = `${facts.systemdDir}/`;
  return [...files.files].flatMap(([path, { content }]) => {
    const name = path.startsWith(folder) ? path.slice(folder.length) : "";
    return plainKindOf(name) === undefined || files.links.has(path) ? [] : [{ name, content }];
  });
}

/** The text that systemd would load of each plain unit: its own, and those of its drop-ins. */
export function plainUnitsOf(world: World): ReadonlyMap<string, string> {
  const files = plainFiles(world);
  const mains = files.filter(({ name }) => mainUnitOf(name) === name);
  return new Map(
    mains.map(({ name, content }) => {
      const dropIns = files.filter((one) => one.name !== name && mainUnitOf(one.name) === name);
      const texts = dropIns.sort((a, b) => (a.name < b.name ? -1 : 1)).map((one) => one.content);
      return [name, [content, ...texts].join("\n")] as const;
    }),
  );
}

/** The drop-ins of a plain unit, as absolute paths. */
export function plainDropIns(world: World, unit: string): readonly string[] {
  const names = plainFiles(world).map(({ name }) => name);
  return names
    .filter((name) => name !== unit && mainUnitOf(name) === unit)
    .map((name) => `${world.facts.systemdDir}/${name}`);
}

/** The loaded timers, sockets and paths that start a service. */
export function loadedTriggers({ contents }: World, service: string): readonly string[] {
  const loaded = [...contents.loaded].map(([name, content]) => ({ name, content }));
  return triggersIn(loaded).get(service) ?? [];
}

/** `systemctl enable`: makes the links of [Install]. */
export function enable(world: World, unit: string): void {
  const none = { services: new Map(), byUnit: new Map(), messages: [] };
  const made = withPlainUnits(none, plainFiles(world), world.facts).byUnit.get(unit);
  if (made === undefined) throw new Error(`Unit ${unit} does not exist`);
  for (const path of made.plain?.links ?? []) {
    world.files.put(path, world.files.files.get(`${world.facts.systemdDir}/${unit}`)?.content ?? "");
    world.files.links.add(path);
  }
}

/** `systemctl disable`: removes all links to a unit. */
export function disable({ files }: World, unit: string): void {
  for (const path of [...files.links].filter((one) => one.endsWith(`/${unit}`))) {
    files.links.delete(path);
    files.files.delete(path);
  }
}
