import { HIDDEN, isSecretName, maskCommand, maskOptions, unlike } from "../lib/mask-secrets.ts";
import { splitWords } from "../lib/systemd-words.ts";
import type { DiffEntry } from "../model/drift.ts";
import { LABEL_DIGEST } from "../model/unit.ts";
import { parseUnitText } from "../quadlet/argv/unit-text.ts";

/** Keys whose values are words `NAME=VALUE`, so that the name shows whether the value is a secret. */
const ASSIGNMENTS: ReadonlySet<string> = new Set(["Environment", "Label", "Annotation", "BuildArg"]);
const COMMANDS = /^(Exec\w*|Entrypoint|Health\w*Cmd|ReloadCmd|PodmanArgs|GlobalArgs)$/;

/**
 * Key by key, what changes between two texts of a unit. Leaves out comments, the order of sections and the
 * digest label, which do not affect what runs. Masks secrets.
 */
export function diffUnitTexts(from: string, to: string): readonly DiffEntry[] {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => diffValues(key, before.get(key) ?? [], after.get(key) ?? []));
}

function settingsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (path: string, value: string) => found.set(path, [...(found.get(path) ?? []), value]);
  const addAssignment = (path: string, word: string) => {
    const [, name, value = ""] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined) add(path, word);
    else if (name !== LABEL_DIGEST) add(`${path}.${name}`, value);
  };
  for (const [section, settings] of parseUnitText(text)) {
    for (const { key, value } of settings) {
      if (!ASSIGNMENTS.has(key)) add(`${section}.${key}`, value);
      else for (const word of splitWords(value)) addAssignment(`${section}.${key}`, word);
    }
  }
  return found;
}

function diffValues(path: string, from: readonly string[], to: readonly string[]): readonly DiffEntry[] {
  const removed = from.filter((value) => !to.includes(value));
  const added = to.filter((value) => !from.includes(value));
  const pairs = Math.max(removed.length, added.length);
  return Array.from({ length: pairs }, (_, index) => {
    const [old, fresh] = [show(path, removed[index]), show(path, added[index])];
    return { path, from: old, to: old === null || fresh === null ? fresh : unlike(fresh, old) };
  });
}

function show(path: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  const [, key = "", ...name] = path.split(".");
  if (ASSIGNMENTS.has(key)) return isSecretName(name.join(".")) ? HIDDEN : maskOptions(value);
  return COMMANDS.test(key) ? maskCommand(value) : maskOptions(value);
}
