import type { DiffEntry } from "../model/drift.ts";
import { LABEL_DIGEST } from "../model/unit.ts";
import { parseUnitText } from "./argv/unit-text.ts";
import { HIDDEN, HIDDEN_OTHER, isSecretName, maskText, maskWords } from "./drift/mask.ts";

/** Keys whose values are `NAME=VALUE`, so that the name tells whether the value is a secret. */
const ASSIGNMENTS: ReadonlySet<string> = new Set(["Environment", "Label", "Annotation", "BuildArg"]);
const COMMANDS = /^(Exec|Health.*Cmd|PodmanArgs|GlobalArgs|ExecStart.*|ExecStop.*)$/;

/**
 * Key by key, what changes between two texts of a unit. Comments, order of sections and the digest label
 * say nothing about what runs and are left out; secrets are masked.
 */
export function diffUnitTexts(from: string, to: string): readonly DiffEntry[] {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => diffValues(key, before.get(key) ?? [], after.get(key) ?? []));
}

function settingsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (path: string, value: string) => found.set(path, [...(found.get(path) ?? []), value]);
  for (const [section, settings] of parseUnitText(text)) {
    for (const { key, value } of settings) {
      const equals = ASSIGNMENTS.has(key) ? value.indexOf("=") : -1;
      const name = value.slice(0, Math.max(0, equals)).replace(/^["']/, "");
      if (equals < 0) add(`${section}.${key}`, value);
      else if (name !== LABEL_DIGEST) add(`${section}.${key}.${name}`, value.slice(equals + 1));
    }
  }
  return found;
}

function diffValues(path: string, from: readonly string[], to: readonly string[]): readonly DiffEntry[] {
  const removed = from.filter((value) => !to.includes(value));
  const added = to.filter((value) => !from.includes(value));
  const pairs = Math.max(removed.length, added.length);
  return Array.from({ length: pairs }, (_, index) => {
    const [old, fresh] = [removed[index], added[index]];
    return { path, from: show(path, old), to: show(path, fresh, old) };
  });
}

function show(path: string, value: string | undefined, other?: string): string | null {
  if (value === undefined) return null;
  const [, key = "", ...name] = path.split(".");
  if (ASSIGNMENTS.has(key) && isSecretName(name.join(".")))
    return other === undefined ? HIDDEN : HIDDEN_OTHER;
  return COMMANDS.test(key) ? maskWords(value.split(/\s+/)).join(" ") : maskText(value);
}
