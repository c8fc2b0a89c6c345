import type { HealthSpec, InstanceSpec, SecretRef } from "../model/instance.ts";
import type { Limits, PatternDefaults, PatternUnit, SecretUse } from "../model/pattern.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { Scope } from "./liquid.ts";
import { type MemoryLimits, memoryLimits } from "./memory.ts";
import { type NetworkUse, parseNetwork } from "./networks.ts";
import { decideMounts, type StorageUse } from "./storage.ts";
import type { VolumeUse } from "./volumes.ts";

/**
 * One unit of a pattern with everything decided: by the manifest if it says something, else by the pattern.
 */
export interface Component {
  readonly unit: PatternUnit;
  /** `<instance>[-<component>]`: stem of the unit's file, name of the container and of the service. */
  readonly name: string;
  /** Whether it is the unit that the manifest's keys describe. */
  readonly main: boolean;
  readonly image: string | undefined;
  readonly port: string | undefined;
  readonly memory: MemoryLimits | undefined;
  readonly networks: readonly NetworkUse[];
  readonly volumes: readonly VolumeUse[];
  readonly storage: readonly StorageUse[];
  readonly declared: readonly StorageUse[];
  readonly limits: Limits;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretRef[];
  readonly devices: readonly string[];
  readonly publish: readonly string[];
  readonly command: readonly string[];
  readonly health: DecidedHealth | undefined;
}

export interface DecidedHealth extends HealthSpec {
  readonly cmd: string;
  /** Whether there is a check to run, and so to wait for. */
  readonly enabled: boolean;
}

/** The name that a component's unit file, container and service share. */
export function componentName(instance: string, component: string): string {
  return component === "" ? instance : `${instance}-${component}`;
}

/**
 * What a pattern's Liquid text sees: the instance, its values, and the hostname and port of its main unit.
 * The port's own text sees no port yet; a fault in it shows once the main unit is decided.
 */
export function instanceScope({ instance, pattern, engine }: Omit<RenderDecisions, "scope">): Scope {
  const { values, hostname = null } = instance.spec;
  const scope = { instance: instance.name, values, hostname, port: null };
  const rendered = engine.text(pattern.defaults.port ?? "", scope, pattern.file);
  const port = instance.spec.port ?? (rendered.ok && rendered.text !== "" ? rendered.text : null);
  return { ...scope, port: port === null ? null : String(port) };
}

/** Decides one unit of an instance. Faults go to the findings and make the result useless. */
export function decideComponent(unit: PatternUnit, deciding: RenderDecisions): Component {
  const { instance, pattern } = deciding;
  const main = unit.component === "" && unit.kind === "container";
  const defaults: Partial<PatternDefaults> = main ? pattern.defaults : (unit.defaults ?? {});
  const spec = main ? instance.spec : undefined;
  const mounts = { defaults: texts(defaults.volumes, deciding), own: spec?.volumes ?? [] };
  const networks = spec?.networks ?? texts(defaults.networks, deciding);
  return {
    unit,
    main,
    name: componentName(instance.name, unit.component),
    image: spec?.image ?? text(defaults.image, deciding),
    port: spec?.port === undefined ? text(defaults.port, deciding) : String(spec.port),
    memory: decideMemory(defaults, spec, deciding),
    networks: decideNetworks(networks, deciding),
    ...decideMounts(unit.component, mounts, deciding),
    limits: defaults.limits ?? {},
    environment: { ...decideEnvironment(defaults.environment, deciding), ...spec?.environment },
    secrets: decideSecrets(defaults.secrets, spec?.secrets ?? [], deciding),
    devices: [...new Set([...texts(defaults.devices, deciding), ...(spec?.devices ?? [])])],
    publish: [...new Set([...texts(defaults.publish, deciding), ...(spec?.publish ?? [])])],
    command: spec?.command ?? texts(defaults.command, deciding),
    health: decideHealth(defaults.health, spec?.health, deciding),
  };
}

function text(
  source: string | undefined,
  { engine, scope, findings, pattern }: RenderDecisions,
): string | undefined {
  if (source === undefined) return undefined;
  const rendered = engine.text(source, scope, pattern.file);
  if (rendered.ok) return rendered.text === "" ? undefined : rendered.text;
  findings.adopt(rendered.issue);
  return undefined;
}

function texts(sources: readonly string[] | undefined, deciding: RenderDecisions): readonly string[] {
  return (sources ?? []).flatMap((source) => text(source, deciding) ?? []);
}

function decideMemory(
  defaults: Partial<PatternDefaults>,
  spec: InstanceSpec | undefined,
  { findings }: RenderDecisions,
): MemoryLimits | undefined {
  const max = spec?.memory ?? defaults.memory;
  if (max === undefined) return undefined;
  const high = spec?.memoryHigh ?? (spec?.memory === undefined ? defaults.memoryHigh : undefined);
  const limits = memoryLimits(max, high);
  if (!("bad" in limits)) return limits;
  const path = limits.bad === spec?.memoryHigh ? "memoryHigh" : "memory";
  findings.add("value-invalid", `"${limits.bad}" is not a size`, { path, hint: "write 512M or 4G" });
  return undefined;
}

function decideNetworks(entries: readonly string[], { findings }: RenderDecisions): readonly NetworkUse[] {
  const uses = new Map<string, NetworkUse>();
  for (const [index, entry] of entries.entries()) {
    const use = parseNetwork(entry);
    if (use === undefined) {
      findings.add("value-invalid", `"${entry}" is not a network's name`, { path: `networks.${index}` });
    } else if (!uses.has(use.network ?? use.reference)) {
      uses.set(use.network ?? use.reference, use);
    }
  }
  return [...uses.values()];
}

function decideEnvironment(
  defaults: Readonly<Record<string, string>> | undefined,
  deciding: RenderDecisions,
): Readonly<Record<string, string>> {
  const rendered = Object.entries(defaults ?? {}).map(([name, source]) => [name, text(source, deciding)]);
  return Object.fromEntries(rendered.filter(([, value]) => value !== undefined));
}

/** A secret of the manifest replaces the pattern's secret with the same target. */
function decideSecrets(
  defaults: readonly SecretUse[] | undefined,
  own: readonly SecretRef[],
  deciding: RenderDecisions,
): readonly SecretRef[] {
  const given = (defaults ?? []).flatMap((use) => {
    const name = text(use.name, deciding);
    return name === undefined ? [] : [{ ...use, name, target: text(use.target, deciding) }];
  });
  const place = ({ type, target, name }: SecretRef) => `${type} ${target ?? name}`;
  return [...new Map([...given, ...own].map((secret) => [place(secret), secret])).values()];
}

/** `cmd: none` is podman's word for "no check, not even the image's"; then nothing waits. */
function decideHealth(
  defaults: HealthSpec | undefined,
  own: HealthSpec | undefined,
  deciding: RenderDecisions,
): DecidedHealth | undefined {
  const cmd = own?.cmd ?? text(defaults?.cmd, deciding);
  if (cmd === undefined || cmd === "") return undefined;
  return {
    cmd,
    enabled: cmd.toLowerCase() !== "none",
    interval: own?.interval ?? defaults?.interval,
    timeout: own?.timeout ?? defaults?.timeout,
    startPeriod: own?.startPeriod ?? defaults?.startPeriod,
    retries: own?.retries ?? defaults?.retries,
  };
}
