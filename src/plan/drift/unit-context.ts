import type { Generated, GeneratedService, Json, LiveState, ServiceState } from "../../model/live.ts";
import { listAt, textAt } from "../../model/live.ts";
import type { Unit } from "../../model/unit.ts";
import { lastOf, type PodmanCall, parsePodman } from "../argv/podman.ts";
import { resolveUnknown } from "../argv/resolve.ts";
import { serviceCommand } from "../argv/service-command.ts";
import { splitWords } from "../argv/systemd-words.ts";
import { parseUnitText, type UnitText, valuesOf } from "../argv/unit-text.ts";
import type { DriftFacts } from "./row.ts";

/** Everything known about one desired unit that has a service. */
export interface UnitContext {
  readonly unit: Unit;
  readonly service: string;
  readonly facts: DriftFacts;
  readonly live: LiveState;
  /** The service that the desired units mean; paths are those of the unit directory. */
  readonly desiredText: UnitText;
  /** The service as systemd has it loaded. */
  readonly loadedText: UnitText | undefined;
  readonly state: ServiceState | undefined;
  /** The desired command, unknown parts filled in from the one that made the container. */
  readonly desired: PodmanCall | undefined;
  /** The command that made the container, as far as one is recorded that can be taken apart. */
  readonly made: PodmanCall | undefined;
  /** Name that the container, network or volume should have. */
  readonly objectName: string | undefined;
  readonly container: Json | undefined;
}

/** Whether a service is a template (`x@.service`), which has no state of its own. */
export function isTemplate(service: string): boolean {
  return /@\.[a-z]+$/.test(service);
}

/** Label that podman puts on every container that a systemd unit starts. */
export const LABEL_SYSTEMD_UNIT = "PODMAN_SYSTEMD_UNIT";

/** Puts together what the rows of one unit look at. */
export function unitContext(
  unit: Unit,
  found: GeneratedService,
  generated: Generated,
  live: LiveState,
  facts: DriftFacts,
): UnitContext {
  const inPlace =
    generated.folder === "" ? found.text : found.text.replaceAll(generated.folder, facts.unitDir);
  const desiredText = parseUnitText(inPlace);
  const loaded = live.generated.get(found.service);
  const loadedText = loaded === undefined ? undefined : parseUnitText(loaded);
  const call = serviceCommand(desiredText, found.service, facts);
  const objectName = call && nameOf(call);
  const container = unit.kind === "container" ? containerOf(live, objectName, found.service) : undefined;
  const made = container === undefined ? undefined : madeBy(container);
  const optional = new Set([...optionalDevices(desiredText), ...optionalDevices(loadedText)]);
  return {
    unit,
    service: found.service,
    facts,
    live,
    desiredText,
    loadedText,
    state: live.services.get(found.service),
    desired: call && desiredCall(call, made, optional),
    made: made && withoutDevices(made, optional),
    objectName,
    container,
  };
}

/** Where flags are hidden in a variable of unknown value, what made the container is the best that is known. */
function desiredCall(
  call: PodmanCall,
  made: PodmanCall | undefined,
  optional: ReadonlySet<string>,
): PodmanCall | undefined {
  const desired = call.open ? made : resolveUnknown(call, made);
  return desired && withoutDevices(desired, optional);
}

function nameOf(call: PodmanCall): string | undefined {
  return /create$/.test(call.subcommand) ? call.rest[0] : lastOf(call.flags, "name");
}

/** By name; else the one that the service started and somebody has renamed. */
function containerOf(live: LiveState, name: string | undefined, service: string): Json | undefined {
  return (
    live.containers.find((container) => textAt(container, "Name") === name) ??
    live.containers.find((container) => textAt(container, "Config", "Labels", LABEL_SYSTEMD_UNIT) === service)
  );
}

function madeBy(container: Json): PodmanCall | undefined {
  const words = listAt(container, "Config", "CreateCommand").map(String);
  const call = words.length === 0 ? undefined : parsePodman(words);
  return call !== undefined && /^(run|create)$/.test(call.subcommand) ? call : undefined;
}

/**
 * `AddDevice=-/dev/x` is decided when the generator runs, by whether the device exists: present or not, it is
 * no difference.
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
