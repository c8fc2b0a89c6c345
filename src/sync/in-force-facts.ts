import type { Inventory } from "../model/inventory.ts";
import { imageIdOf, isPodmansOwn, type Json, serviceOf, textAt } from "../model/live.ts";
import { unitPath } from "../model/plain-unit.ts";
import { gitModeOf, playedKey, unitDigest, unitKindOf } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { generateFrom } from "../planning/generate.ts";
import type { Generated } from "../quadlet/generated.ts";
import { type PartOf, partsOf } from "../quadlet/jobs.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import type { Now } from "../state/index.ts";

/** What the units in force mean. */
export interface JudgingFacts {
  /** What podman's generator makes of them. */
  readonly generated: Generated;
  readonly partOf: PartOf;
}

/** Finds out what the units of a generation mean. */
export type FactsOf = (generation: string) => Promise<JudgingFacts>;

/** Runs podman's generator over stored generations, once for each. */
export function generationFacts({ host, state }: Pick<Context, "host" | "state">): FactsOf {
  const known = new Map<string, Promise<JudgingFacts>>();
  const read = async (generation: string): Promise<JudgingFacts> => {
    const stored = state.salvageGeneration(generation).then(({ units }) => units);
    const [generated, units] = await Promise.all([
      generateFrom(host, state.generationFolder(generation), stored),
      stored,
    ]);
    const services = await host.systemd.services(
      [...generated.services.keys()].filter((one) => !isTemplate(one)),
    );
    return { generated, partOf: partsOf({ services: generated.services, units, live: { services } }) };
  };
  return (generation) => {
    const found = known.get(generation) ?? read(generation);
    known.set(generation, found);
    found.catch(() => known.delete(generation));
    return found;
  };
}

/** Whether somebody has changed a file of an instance, so that what runs may not be its text. */
export async function isEdited(
  { host }: Pick<Context, "host">,
  { units }: Inventory,
  instance: string,
): Promise<boolean> {
  const own = Object.entries(units).filter(([, unit]) => unit.instance === instance);
  const path = (name: string) => unitPath(host.facts, name);
  const files = await host.files.readPlain(own.map(([name]) => path(name)));
  return own.some(([name, { digest, pending }]) => {
    if (digest === null || pending !== undefined) return false;
    const file = files.get(path(name));
    if (file === undefined || !("content" in file)) return true;
    const kind = name.startsWith("/") ? "file" : "dropin";
    // Of a file beside a Quadlet, git knows only whether it is a program.
    const isBeside = name.startsWith(`${host.facts.unitDir}/`);
    const modes = [file.mode.toString(8), ...(isBeside ? [gitModeOf(file.mode)] : [])];
    return modes.every((mode) => unitDigest({ kind, mode, content: file.content }) !== digest);
  });
}

/** The ids of the images that the containers of an instance run, by the keys of `TextInForce.images`. */
export function imagesOf(
  { units }: Inventory,
  instance: string,
  { generated, containers }: { readonly generated: Generated; readonly containers: readonly Json[] },
): Readonly<Record<string, string>> {
  const found = [...generated.services.values()].flatMap(({ unit, service }) => {
    if (units[unit]?.instance !== instance) return [];
    const own = containers.filter((one) => serviceOf(one) === service && !isPodmansOwn(one));
    const isPlayed = unitKindOf(unit) === "kube";
    return (isPlayed ? own : own.slice(0, 1)).map(
      (one) => [isPlayed ? playedKey(unit, textAt(one, "Name")) : unit, imageIdOf(one)] as const,
    );
  });
  return Object.fromEntries(found);
}

/** This moment, by both clocks. */
export function nowOf({ host }: Pick<Context, "host">): Now {
  const { clock, facts } = host;
  return { boot: facts.bootId, ms: clock.ticks(), iso: clock.now().toISOString() };
}
