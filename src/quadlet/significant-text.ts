import { digestOf } from "../lib/digest.ts";
import { isOrderDropIn, LABEL_DIGEST, type Unit } from "../model/unit.ts";
import { hasNoEffect, logicalLines, readLine } from "./argv/unit-text.ts";

/** Sections whose header alone says nothing. podman's own sections may have to be there. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(["", "Unit", "Service", "Install"]);

/**
 * What a unit's text means to systemd and podman, in one spelling: without comments, descriptions, `X-`
 * sections and keys, and the label with which quadgate marks the text. Sections are sorted, because only the
 * order within one matters.
 */
function significantText(text: string): string {
  const sections = new Map<string, string[]>();
  let section = "";
  for (const { text: line } of logicalLines(text)) {
    const { header, key = "", value = "" } = readLine(line);
    section = header ?? section;
    const lines = sections.get(section) ?? [];
    sections.set(section, lines);
    if (header !== undefined || hasNoEffect(section, key) || isMark(section, key, value)) continue;
    lines.push(key === "" ? line : `${key}=${value}`);
  }
  const told = [...sections].filter(
    ([name, lines]) => !hasNoEffect(name, "") && (lines.length > 0 || !MAY_BE_EMPTY.has(name)),
  );
  return JSON.stringify(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The label names the text that it stands in, so it differs whenever anything does. */
function isMark(section: string, key: string, value: string): boolean {
  return section === "Container" && key === "Label" && value.startsWith(`${LABEL_DIGEST}=`);
}

/** Whether nothing has to restart for one text to take the place of another. */
export function meansTheSame(text: string, other: string): boolean {
  return text === other || significantText(text) === significantText(other);
}

/** Whether a drop-in changes nothing in what its unit runs. */
export function saysNothing({ name, content }: Pick<Unit, "name" | "content">): boolean {
  return isOrderDropIn(name) || meansTheSame(content, "");
}

/**
 * Digest over what the units of an instance mean. It stays the same if only comments, descriptions or `X-`
 * sections change, also if a drop-in of nothing else comes or goes. Any change of another file counts.
 */
export function significantDigest(units: readonly Unit[]): string {
  const told = units.flatMap(({ kind, name, content, digest }) => {
    if (kind === "file") return [[name, digest]];
    return kind === "dropin" && saysNothing({ name, content })
      ? []
      : [[name, digestOf(significantText(content))]];
  });
  return digestOf(JSON.stringify(told.sort()));
}
