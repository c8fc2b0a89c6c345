import { at, type Json, type LiveState, type ServiceState } from "../../model/live.ts";
import { lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { parseUnitText, type UnitText, valuesOf } from "../../quadlet/argv/unit-text.ts";
import { controlSetting, isLimit } from "../../quadlet/limit-settings.ts";
import type { Difference } from "../difference.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow, RowContext } from "../row.ts";

/** A limit of the service's cgroup, set in [Service] and seen over D-Bus. */
interface UnitLimit {
  readonly part: string;
  readonly setting: string;
  readonly parse: (text: string) => string | undefined;
  readonly live: (service: ServiceState) => string | undefined;
  /** Whether systemd computes a default, so that only a declared value can be compared. */
  readonly hasDefault?: boolean;
}

/** A limit of the container itself: a flag, and where podman keeps it. */
interface ContainerLimit {
  readonly part: string;
  readonly flag: string;
  readonly parse: (text: string) => string | undefined;
  readonly path: readonly string[];
  readonly format: (value: Json | undefined) => string | undefined;
  /** Whether podman or the host sets a value if nothing is declared. */
  readonly hasDefault?: boolean;
  /** A flag that sets this limit too. */
  readonly follows?: string;
}

/** A field with limits of both kinds. */
export interface LimitRow {
  readonly name: string;
  readonly unit: readonly UnitLimit[];
  readonly container: readonly ContainerLimit[];
}

/** Makes the row of a field from its limits. */
export function limitRow(limits: LimitRow): FieldRow {
  return {
    name: limits.name,
    flags: limits.container.map(({ flag }) => flag),
    declared: ({ call, service }) => ({
      ...declaredUnit(limits.unit, service),
      ...declaredContainer(limits.container, call),
    }),
    container: (expected, container, { call }) => {
      const seen = limits.container.filter(
        ({ part, hasDefault, follows }) =>
          expected[part] !== undefined || !(hasDefault || (follows !== undefined && call.flags.has(follows))),
      );
      return withContainer(seen, expected, container);
    },
    unit: (expected, service, { live }) => withUnit(limits.unit, expected, service, live.inputs),
    text: (value, keys) => limitText(limits, value, keys),
    unitParts: limits.unit.map(({ part }) => part),
    changedBy: (changed, context) => changersOf(limits, changed, context).map(describe).join("; "),
    isOverridden: (changed, context) =>
      changersOf(limits, changed, context).every(({ kind }) => kind === "drop-in"),
  };
}

function declaredUnit(limits: readonly UnitLimit[], text: UnitText): Flat {
  const parts = limits.map(({ part, setting, parse }) => {
    const value = limitIn(text, setting);
    return [part, value === undefined ? undefined : parse(value)] as const;
  });
  return flat(Object.fromEntries(parts));
}

/** The value that counts: systemd ignores a line that it cannot read, so the line before it counts. */
function limitIn(text: UnitText, setting: string): string | undefined {
  return valuesOf(text, "Service", setting).findLast((value) => isLimit(setting, value));
}

function declaredContainer(limits: readonly ContainerLimit[], call: PodmanCall): Flat {
  const parts = limits.map(({ part, flag, parse }) => {
    const value = lastOf(call.flags, flag);
    return [part, value === undefined ? undefined : parse(value)] as const;
  });
  return flat(Object.fromEntries(parts));
}

/**
 * Replaces expected values by those of the service. A value that only systemd can resolve (a default, `50%`
 * of the memory) stays as it is, unless `systemctl set-property` or a drop-in is known to have changed it.
 */
function withUnit(
  limits: readonly UnitLimit[],
  expected: Flat,
  service: ServiceState,
  texts: LiveState["inputs"],
): Flat {
  const replaced = new Set(service.dropInPaths.map(controlSetting));
  const others = service.dropInPaths
    .flatMap((path) => texts.get(path) ?? [])
    .map((text) => parseUnitText(text));
  const isSet = ({ part, setting, parse }: UnitLimit) => {
    const value = others.map((text) => limitIn(text, setting)).findLast(Boolean);
    return value !== undefined && parse(value) !== expected[part];
  };
  const isKnown = ({ part, setting, hasDefault }: UnitLimit) =>
    expected[part] === undefined ? !hasDefault : setting === "CPUQuota" || !expected[part].endsWith("%");
  const parts = limits
    .filter((limit) => isKnown(limit) || replaced.has(limit.setting) || isSet(limit))
    .map(({ part, live }) => [part, live(service)] as const);
  return flat({ ...expected, ...Object.fromEntries(parts) });
}

function withContainer(limits: readonly ContainerLimit[], expected: Flat, container: Json): Flat {
  const parts = limits
    // podman drops a limit for which the host has no controller, so a missing limit is not a change.
    .map(
      ({ part, path, format }) =>
        [part, format(at(container, "HostConfig", ...path)) ?? expected[part]] as const,
    );
  return flat({ ...expected, ...Object.fromEntries(parts) });
}

/** Shares, protections and placements. Without a value they are not set, rather than unlimited. */
const NO_LIMIT = /weight|shares|cpuset|mems|min|low|swappiness/i;

/** The limits as text. The first part has no name: `4G, high 3G`. */
function limitText(limits: LimitRow, value: Flat, keys: readonly string[]): string {
  const all = [...limits.unit, ...limits.container];
  const order = all.map(({ part }) => part);
  const withDefault = new Set(all.flatMap(({ part, hasDefault }) => (hasDefault ? [part] : [])));
  const shown =
    keys.length > 0 ? order.filter((part) => keys.includes(part)) : order.filter((part) => part in value);
  const texts = shown.map((part) => {
    const none = NO_LIMIT.test(part) ? "not set" : "unlimited";
    const text = value[part] ?? (withDefault.has(part) ? "default" : none);
    const name = part.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return part === order[0] ? text : `${name} ${text}`;
  });
  return texts.join(", ") || "unlimited";
}

/** What has changed limits from their declared values. */
type Changer =
  | { readonly kind: "podman-update" | "set-property" | "unknown" }
  | { readonly kind: "drop-in"; readonly path: string };

function describe(changer: Changer): string {
  switch (changer.kind) {
    case "podman-update":
      return "podman update";
    case "set-property":
      return "systemctl set-property";
    case "drop-in":
      return `drop-in ${changer.path}`;
    case "unknown":
      return "changed since the unit was loaded";
  }
}

function changersOf(
  limits: LimitRow,
  changed: readonly Difference[],
  { service }: RowContext,
): readonly Changer[] {
  const keys = changed.map(({ key }) => key);
  const settings = limits.unit.filter(({ part }) => keys.includes(part)).map(({ setting }) => setting);
  const byUnit = settings.length > 0 ? [unitChanger(settings, service?.dropInPaths ?? [])] : [];
  const byPodman = limits.container.some(({ part }) => keys.includes(part));
  return byPodman ? [...byUnit, { kind: "podman-update" }] : byUnit;
}

function unitChanger(settings: readonly string[], dropIns: readonly string[]): Changer {
  const set = dropIns.map(controlSetting);
  if (settings.some((setting) => set.includes(setting))) return { kind: "set-property" };
  const others = dropIns.filter((path) => !isControl(path));
  // The distribution's drop-ins rarely set limits.
  const other = others.find((path) => !path.startsWith("/usr/")) ?? others[0];
  return other === undefined ? { kind: "unknown" } : { kind: "drop-in", path: other };
}

function isControl(path: string): boolean {
  return path.includes("/system.control/") || path.includes("/user.control/");
}
