import type { Unit } from "../model/unit.ts";
import { podmanKnows, podmanSince } from "./quadlet-keys.ts";
import { parseTemplate, spell } from "./unit-text.ts";

/** The oldest podman that reads some units as intended, and the line that needs it. */
export interface PodmanNeed {
  /** Such as `5.0`. */
  readonly version: string;
  /** Unit.name */
  readonly unit: string;
  readonly line: string;
}

/** What the newest line of the units' Quadlet sections needs; undefined if no line needs anything. */
export function podmanNeed(units: readonly Unit[]): PodmanNeed | undefined {
  const needs = units.flatMap(({ name, kind, content }) => {
    if (kind === "file") return [];
    const { lines } = parseTemplate([{ text: content, output: false }]);
    return lines.flatMap(({ section, key, value }): readonly PodmanNeed[] => {
      const line = { section, key, value: value.map(({ text }) => text).join("") };
      const version = podmanSince(line);
      return version === "" ? [] : [{ version, unit: name, line: spell(line) }];
    });
  });
  return needs.find(({ version }) => needs.every((other) => podmanKnows(version, other.version)));
}
