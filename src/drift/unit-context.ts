import { splitWords } from "../lib/systemd-words.ts";
import type { Json, ServiceState } from "../model/live.ts";
import { listAt, serviceOf, textAt } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";
import { lastOf, type PodmanCall, parsePodman } from "../quadlet/argv/podman-call.ts";
import { resolveUnknown } from "../quadlet/argv/resolve-unknown.ts";
import { lastValueOf, type UnitText, valuesOf } from "../quadlet/argv/unit-text.ts";
import type { DriftFacts } from "../quadlet/facts.ts";
import {
  asInstance,
  type Generated,
  type GeneratedService,
  type ServiceTexts,
} from "../quadlet/generated.ts";
import type { Part, PartOf } from "../quadlet/jobs.ts";
import { isTemplate, templateOf } from "../quadlet/service-names.ts";
import { additionsTo } from "./additions.ts";
import type { IndexedLive } from "./indexed-live.ts";
import { objectOf } from "./unit-object.ts";

/** What a reload would make of a unit together with the files that others have put on the host. */
interface InPlace {
  readonly text: UnitText;
  readonly call: PodmanCall | undefined;
  /** What changes the unit there, in words. */
  readonly says: string;
}

/** Everything known about one desired unit that has a service. */
export interface UnitContext {
  readonly unit: Unit;
  readonly service: string;
  /** The template that the service is an instance of; undefined for a service with a unit of its own. */
  readonly template: string | undefined;
  readonly facts: DriftFacts;
  readonly live: IndexedLive;
  /** ISO 8601; when the host was observed. */
  readonly observedAt: string;
  readonly part: Part;
  /** The service that the desired units mean; paths are those of the unit directory. */
  readonly desiredText: UnitText;
  /** The service as systemd has loaded it; for an instance without its own text, the template's. */
  readonly loadedText: UnitText | undefined;
  /** Whether that text is the service's own. */
  readonly hasOwnText: boolean;
  /** Undefined if it was not asked for. */
  readonly inPlace: InPlace | undefined;
  readonly state: ServiceState | undefined;
  /** The desired command, with unknown parts filled in from the command that made the container. */
  readonly desired: PodmanCall | undefined;
  /** The desired command with its unknown parts left open. */
  readonly asked: PodmanCall | undefined;
  /** Set for a plain systemd unit. */
  readonly plain: GeneratedService["plain"];
  /** The command that made the container, if podman has recorded one that can be parsed. */
  readonly made: PodmanCall | undefined;
  /** The name that the container, pod, network or volume should have. */
  readonly objectName: string | undefined;
  /** The object of the unit, as podman has it; that of a job lives for one run and is not compared. */
  readonly object: Json | undefined;
  /** The id of that object, also of a job's; "" if there is none. */
  readonly objectId: string;
}

/** The instance of a template that starts at boot. */
export function defaultInstance(service: string, text: UnitText): string | undefined {
  const name = lastValueOf(text, "Install", "DefaultInstance");
  const wanted = ["WantedBy", "RequiredBy", "UpheldBy"].some(
    (key) => valuesOf(text, "Install", key).length > 0,
  );
  return isTemplate(service) && name !== undefined && wanted ? service.replace("@.", `@${name}.`) : undefined;
}

/**
 * The instances of a template to compare, sorted: the one that starts at boot, those that have a container,
 * and those that systemd runs or that have failed. A stopped instance is not declared anywhere.
 */
export function instancesOf({ service, text }: GeneratedService, live: IndexedLive): readonly string[] {
  if (!isTemplate(service)) return [];
  const up = [...live.services.values()].filter(({ activeState }) => activeState !== "inactive");
  const named = [...up.map(({ name }) => name), ...live.containers.map(serviceOf)];
  const own = named.filter((name) => templateOf(name) === service && name !== service);
  const first = defaultInstance(service, text);
  return [...new Set(first === undefined ? own : [...own, first])].sort();
}

/** The sources of a unit's context. */
export interface UnitSources {
  readonly unit: Unit;
  /** Names of all desired units. */
  readonly declared: ReadonlySet<string>;
  readonly found: GeneratedService;
  readonly live: IndexedLive;
  readonly observedAt: string;
  readonly partOf: PartOf;
  readonly loaded: ServiceTexts;
  readonly inPlace?: Generated;
  readonly facts: DriftFacts;
  readonly template?: string | undefined;
}

/** Collects what the rows of one unit look at. */
export function unitContext(sources: UnitSources): UnitContext {
  const { unit, found, live, loaded, facts, template } = sources;
  const { service, text: desiredText, call } = found;
  const own = loaded.get(service);
  const loadedText = (own ?? loaded.get(templateOf(service)))?.text;
  const objectName = call && nameOf(call);
  const part = sources.partOf(service);
  const existing = objectOf({ kind: unit.kind, service, name: objectName, call }, live);
  const object = part.role === "job" ? undefined : existing;
  const made = object === undefined ? undefined : madeBy(object);
  const optional = new Set([...optionalDevices(desiredText), ...optionalDevices(loadedText)]);
  return {
    unit,
    service,
    template,
    facts,
    live,
    observedAt: sources.observedAt,
    part,
    desiredText,
    loadedText,
    hasOwnText: own !== undefined,
    inPlace: inPlaceOf(sources, made, optional),
    state: live.services.get(service),
    desired: call && desiredCall(call, made, optional),
    asked: call,
    made: made && withoutDevices(made, optional),
    plain: sources.found.plain,
    objectName,
    object,
    objectId: textAt(existing, "Id"),
  };
}

function inPlaceOf(
  { unit, declared, found: { service }, live, inPlace, facts }: UnitSources,
  made: PodmanCall | undefined,
  optional: ReadonlySet<string>,
): InPlace | undefined {
  const template = inPlace?.services.get(templateOf(service));
  const found = inPlace?.services.get(service) ?? (template && asInstance(template, service, facts));
  if (found === undefined) return undefined;
  const { text, call } = found;
  const by = additionsTo(unit, declared, live);
  const says = by.length === 0 ? "other files that Quadlet reads" : by.join(", ");
  return { text, call: call && desiredCall(call, made, optional), says };
}

/** If a variable of unknown value may hold flags, the command that made the container is the best guess. */
function desiredCall(
  call: PodmanCall,
  made: PodmanCall | undefined,
  optional: ReadonlySet<string>,
): PodmanCall | undefined {
  const desired = call.open ? made : resolveUnknown(call, made);
  return desired && withoutDevices(desired, optional);
}

function nameOf(call: PodmanCall): string | undefined {
  return /^(network|volume) create$/.test(call.subcommand) ? call.rest[0] : lastOf(call.flags, "name");
}

function madeBy(object: Json): PodmanCall | undefined {
  const words = listAt(object, "Config", "CreateCommand").map(String);
  const call = words.length === 0 ? undefined : parsePodman(words);
  return call !== undefined && /^(run|create|pod create)$/.test(call.subcommand) ? call : undefined;
}

/**
 * The devices of `AddDevice=-/dev/x`. The generator adds such a device only if it exists, so it is not drift
 * whether the container has it or not.
 */
export function optionalDevices(text: UnitText | undefined): readonly string[] {
  if (text === undefined) return [];
  return valuesOf(text, "X-Container", "AddDevice")
    .flatMap(splitWords)
    .filter((device) => device.startsWith("-"))
    .map((device) => device.slice(1));
}

/** A command without the devices of a set. */
export function withoutDevices(call: PodmanCall, devices: ReadonlySet<string>): PodmanCall {
  if (devices.size === 0) return call;
  const flags = new Map(call.flags);
  flags.set(
    "device",
    (flags.get("device") ?? []).filter((device) => !devices.has(device)),
  );
  return { ...call, flags };
}
