import { isAbsolute } from "node:path";
import { digestOf } from "../../../src/lib/digest.ts";
import { at, objectAt, textAt } from "../../../src/model/live.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { LABEL_DIGEST } from "../../../src/model/unit.ts";
import type { FakeContainer } from "./container.ts";
import { inventoryOf } from "./homelab.ts";
import { loadUnit } from "./loaded-unit.ts";
import type { World } from "./machine.ts";

/** Absolute path of a unit's file. */
export function pathOf(world: World, unit: string): string {
  return isAbsolute(unit) ? unit : `${world.facts.unitDir}/${unit}`;
}

/**
 * Everything in which a machine is not as the units of a plan want it, looked at directly and not through
 * quadgate's eyes: files, loaded services, containers, networks, and what is left over.
 */
export async function flaws(world: World, plan: Plan): Promise<readonly string[]> {
  const wanted = plan.changes.filter(({ digest }) => digest !== null);
  return [
    ...wanted.flatMap(({ unit, digest }) => fileFlaws(world, unit, digest ?? "")),
    ...wanted.flatMap(({ unit, service }) =>
      service === null ? [] : serviceFlaws(world, service, unit.endsWith(".container")),
    ),
    ...leftOvers(world, new Set(wanted.flatMap(({ service }) => service ?? []))),
    ...(await inventoryFlaws(world, new Map(wanted.map(({ unit, digest }) => [unit, digest])))),
  ];
}

function fileFlaws(world: World, unit: string, digest: string): readonly string[] {
  const content = world.files.files.get(pathOf(world, unit))?.content;
  if (content === undefined) return [`${unit} is not there`];
  return digestOf(content) === digest ? [] : [`${unit} has another text`];
}

function serviceFlaws(world: World, service: string, hasContainer: boolean): readonly string[] {
  const text = world.contents.loaded.get(service);
  if (text === undefined) return [`${service} is not loaded`];
  const unit = loadUnit(service, text, world.facts);
  const active = world.contents.runs.get(service)?.active;
  if (active !== "active") return [`${service} is ${active ?? "unknown"}`];
  const [, object] = /^(network|volume) create$/.exec(unit.call?.subcommand ?? "") ?? [];
  const name = unit.call?.rest[0] ?? "";
  if (object === "network") return networkFlaws(world, name, unit.call?.flags.get("subnet") ?? []);
  if (object === "volume") return world.contents.volumes.has(name) ? [] : [`there is no volume ${name}`];
  if (!hasContainer) return [];
  const containers = world.contents.containers.filter((one) => one.service === service);
  const [container] = containers;
  if (container === undefined || containers.length > 1)
    return [`${service} has ${containers.length} containers`];
  return containerFlaws(world, container, unit.words, text);
}

function networkFlaws(world: World, name: string, subnets: readonly string[]): readonly string[] {
  const network = world.contents.networks.get(name);
  if (network === undefined) return [`there is no network ${name}`];
  const [subnet] = subnets;
  if (subnet === undefined || textAt(network, "subnets", 0, "subnet") === subnet) return [];
  return [`network ${name} has another subnet than ${subnet}`];
}

function containerFlaws(
  world: World,
  container: FakeContainer,
  words: readonly string[],
  text: string,
): readonly string[] {
  const { inspect, name, status } = container;
  const found: string[] = [];
  if (status !== "running") found.push(`${name} is ${status}`);
  if (JSON.stringify(at(inspect, "Config", "CreateCommand")) !== JSON.stringify(words))
    found.push(`${name} was made by another command`);
  const declared = new RegExp(`${LABEL_DIGEST}=([0-9a-f]+)`).exec(text)?.[1] ?? "";
  if (textAt(objectAt(inspect, "Config", "Labels"), LABEL_DIGEST) !== declared)
    found.push(`${name} has the label of another text`);
  for (const [network, settings] of Object.entries(objectAt(inspect, "NetworkSettings", "Networks"))) {
    const id = at(world.contents.networks.get(network), "id");
    if (id !== textAt(settings, "NetworkID")) found.push(`${name} is on a network ${network} that is gone`);
  }
  return found;
}

/** Containers and networks of services that nobody wants. Volumes stay: they hold data. */
function leftOvers(world: World, wanted: ReadonlySet<string>): readonly string[] {
  const { containers, runs, loaded, networks } = world.contents;
  const units = [...loaded].map(([service, text]) => loadUnit(service, text, world.facts));
  const known = new Set(units.map(({ call }) => call?.rest[0] ?? "").concat("podman"));
  return [
    ...containers.filter(({ service }) => !wanted.has(service)).map(({ name }) => `${name} is left over`),
    ...[...loaded.keys()].filter((name) => !wanted.has(name)).map((name) => `${name} is still loaded`),
    ...[...runs]
      .filter(([name, run]) => !wanted.has(name) && run.active !== "inactive")
      .map(([name, run]) => `${name} is still ${run.active}`),
    ...[...networks.keys()].filter((name) => !known.has(name)).map((name) => `network ${name} is left over`),
  ];
}

async function inventoryFlaws(
  world: World,
  wanted: ReadonlyMap<string, string | null>,
): Promise<readonly string[]> {
  const { units } = await inventoryOf(world);
  const missing = [...wanted.keys()].filter((name) => units[name] === undefined);
  return [
    ...missing.map((name) => `the inventory lacks ${name}`),
    ...Object.entries(units).flatMap(([name, unit]) => {
      if (!wanted.has(name)) return [`the inventory still has ${name}`];
      if (unit.pending !== undefined) return [`${name} is still pending`];
      return unit.digest === wanted.get(name) ? [] : [`the inventory has another digest of ${name}`];
    }),
  ];
}
