import type { Pattern, PatternDefaults, PatternUnit } from "../../model/pattern.ts";
import { ACCESS_MIDDLEWARES } from "../access.ts";
import { code, codes, list, table } from "./markdown.ts";
import { type Shown, shownDefault } from "./placeholders.ts";

/** The parts of a pattern's page that show data as a table or a list. */

const isMain = ({ component, kind }: PatternUnit): boolean => component === "" && kind === "container";

const componentName = (component: string): string => `<instance>${component === "" ? "" : `-${component}`}`;

const unitName = ({ component, kind }: PatternUnit): string => code(`${componentName(component)}.${kind}`);

/** The units with what limits and checks them. */
export function units(pattern: Pattern, shown: Shown): string {
  const rows = pattern.units.map((unit) => {
    const main = isMain(unit);
    const defaults = main ? pattern.defaults : (unit.defaults ?? {});
    return [
      unitName(unit),
      codes(shown.each(defaults.image ?? "")) || (main ? "of the manifest" : ""),
      limits(defaults),
      codes(shown.each(defaults.health?.cmd ?? "")),
      (unit.after ?? []).map((name) => code(componentName(name))).join(", "),
    ];
  });
  return table(["unit", "image", "limits", "health", "starts after"], rows);
}

function limits({ memory, memoryHigh, limits: more = {} }: Partial<PatternDefaults>): string {
  const words: readonly (readonly [string, string | number | undefined])[] = [
    ["memory", memory],
    ["high", memoryHigh],
    ["CPU weight", more.cpuWeight],
    ["IO weight", more.ioWeight],
    ["CPU", more.cpuQuota],
    ["start", more.startTimeout],
  ];
  return words.flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`])).join(", ");
}

/** The way in through the reverse proxy. */
export function route({ defaults, rules }: Pattern): string {
  if (rules.some(({ rule }) => rule === "no-route") || defaults.access === "none") return "It has no route.";
  const middlewares = defaults.middlewares ?? ACCESS_MIDDLEWARES[defaults.access];
  return `Route: access ${code(defaults.access)}, middlewares ${codes(middlewares)}, in this order.`;
}

/** The networks of each unit, in order. */
export function networks(pattern: Pattern, shown: Shown): string {
  const rows = pattern.units.flatMap((unit) => {
    const own = (isMain(unit) ? pattern.defaults.networks : unit.defaults?.networks) ?? [];
    return own.map((network, index) => {
      const note = pattern.networkNotes.find(
        (one) => one.component === unit.component && one.network === network,
      );
      const order = index === 0 ? "first: the default route" : "";
      return [unitName(unit), shown.each(network).map(code).join(" or "), order, note?.why ?? ""];
    });
  });
  return table(["unit", "network", "", "why"], rows);
}

/** Folders and volumes. */
export function storage(pattern: Pattern, shown: Shown): string {
  const rows = pattern.storage.map((entry) => {
    const facts = [
      `mode ${entry.mode}`,
      entry.owner === undefined ? "" : `owner ${shown.text(entry.owner)} in the container`,
      entry.nocow ? "copy on write off" : "",
      entry.shared ? "shared (:z)" : "",
      entry.readOnly === undefined ? "" : `read-only if ${entry.readOnly}`,
      entry.create ? "" : "must exist",
      entry.requireMount === undefined ? "" : `on its own mounted disk if ${entry.requireMount}`,
      entry.relabel ? "" : "not relabelled",
    ];
    return [
      shown.each(entry.source).map(code).join(" or "),
      shown.each(entry.target).map(code).join(" or "),
      facts.filter((fact) => fact !== "").join(", "),
      entry.purpose,
    ];
  });
  return table(["on the host", "in the container", "", "holds"], rows);
}

/** What Prometheus scrapes. */
export function metrics(pattern: Pattern, shown: Shown): string {
  const rows = pattern.metrics.map(({ component, port, path, interval }) => [
    code(componentName(component)),
    shown.text(port) || "none unless given",
    shown.text(path),
    interval,
  ]);
  return table(["service", "port", "path", "every"], rows);
}

/** What the host must have. */
export function requirements({ requirements: needs, parameters: all }: Pattern, shown: Shown): string {
  const secrets = Object.entries(all).flatMap(([name, parameter]) => {
    if (parameter.type !== "secret") return [];
    const preset = shownDefault(parameter);
    const named = preset === null ? "" : `${code(String(preset))} `;
    return [`secret ${named}(${code(`values.${name}`)}): ${parameter.description}`];
  });
  return list([
    needs.podman === undefined ? "" : `podman ${needs.podman} or newer`,
    needs.disk === undefined ? "" : `${needs.disk} of free space`,
    ...secrets,
    ...needs.secrets.map(({ name, purpose }) => `secret ${code(shown.text(name))}: ${purpose}`),
    ...needs.devices.map(
      ({ path, why, optional }) =>
        `device ${shown.each(path).map(code).join(" or ")}${optional ? ", if there is one" : ""}: ${why}`,
    ),
    ...needs.sysctls.map(({ name, min, max, why, optional }) => {
      const bounds = [min === undefined ? "" : `at least ${min}`, max === undefined ? "" : `at most ${max}`];
      const within = bounds.filter((bound) => bound !== "").join(", ");
      return `kernel parameter ${code(name)} ${within}${optional ? " (advised)" : ""}: ${why}`;
    }),
  ]);
}
