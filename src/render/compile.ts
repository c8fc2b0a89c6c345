import { digestOf } from "../lib/digest.ts";
import type { PatternInstance } from "../model/instance.ts";
import type { Place } from "../model/place.ts";
import type { Unit } from "../model/unit.ts";
import { encodeValue, WORD_VARIABLES } from "./encode.ts";
import { type Findings, placeAt } from "./issues.ts";
import type { Piece } from "./marks.ts";
import { outputsOf, splitPieces } from "./marks.ts";
import { manifestPath } from "./origins.ts";
import { keyRow, podmanKnows, podmanSince } from "./quadlet-keys.ts";
import {
  digestLine,
  type Line,
  mergeLines,
  type ParsedTemplate,
  parseTemplate,
  printUnit,
  type UnitLine,
} from "./unit-text.ts";

/** A unit's lines, encoded, before they are printed. */
export interface Draft {
  readonly sections: readonly string[];
  readonly lines: readonly UnitLine[];
}

/** The source of a template's values, and where findings go. */
export interface Source {
  readonly template: string;
  readonly instance: PatternInstance | undefined;
  readonly findings: Findings;
}

/** Reads a rendered template and encodes every value for its place. */
export function compileTemplate(rendered: string, source: Source): Draft {
  const parsed: ParsedTemplate = parseTemplate(splitPieces(rendered));
  for (const fault of parsed.faults) {
    source.findings.adopt({
      code: "template-invalid",
      message: fault,
      place: { file: `templates/${source.template.replace(/\.liquid$/, "")}.liquid` },
    });
  }
  const variables = new Set<string>();
  const lines = parsed.lines.flatMap((line) => encodeLine(line, source, variables) ?? []);
  const used = [...WORD_VARIABLES].filter(([, name]) => variables.has(name));
  const carriers = used.map(([word, name]) => ({
    section: "Service",
    key: "Environment",
    value: `${name}=${word}`,
  }));
  return { sections: parsed.sections, lines: [...lines, ...carriers] };
}

function encodeLine(
  line: Line<readonly Piece[]>,
  { instance, findings, template }: Source,
  variables: Set<string>,
): UnitLine | undefined {
  const outputs = outputsOf(line.value);
  const path = instance === undefined ? undefined : manifestPath(instance, line.key, outputs);
  const row = keyRow(line.section, line.key);
  if (row === undefined && outputs.length > 0) {
    const place = `${line.key}= of [${line.section}]`;
    findings.add(
      "template-invalid",
      `the template ${template} puts a value into ${place}, but quadgate does not know how that key is read`,
      { hint: "write the line without a value, or add the key to the table of keys" },
    );
    return undefined;
  }
  const encoded = encodeValue(row ?? PLAIN, line.value);
  if (!encoded.ok) {
    findings.add(
      "value-unrepresentable",
      `${line.key}= cannot hold ${quoteShort(outputs)}: it ${encoded.why}`,
      {
        path,
        hint: encoded.hint,
      },
    );
    return undefined;
  }
  for (const variable of encoded.variables) variables.add(variable);
  const made = { section: line.section, key: encoded.key ?? line.key, value: encoded.text };
  return path === undefined ? made : { ...made, path };
}

/** How template text reads for a key that the table does not know: verbatim. */
const PLAIN = { class: "V", since: "", expands: "none", separators: "" } as const;

function quoteShort(outputs: readonly string[]): string {
  const text = outputs.join(" ");
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** Refuses keys that are too new for the host's podman, because its generator would drop the unit. */
export function checkVersions(draft: Draft, podmanVersion: string, findings: Findings): void {
  const known = new Map<string, boolean>();
  for (const line of draft.lines) {
    const since = podmanSince(line);
    const isKnown = known.get(since) ?? podmanKnows(podmanVersion, since);
    known.set(since, isKnown);
    if (isKnown) continue;
    const value = since === keyRow(line.section, line.key)?.since ? "" : line.value;
    findings.add(
      "key-unsupported",
      `${line.key}=${value} needs podman ${since}, but this host has ${podmanVersion}`,
      { path: line.path, hint: "leave out the key, or upgrade podman" },
    );
  }
}

/** What a finished unit is made of. */
export interface UnitParts {
  readonly name: string;
  readonly kind: Unit["kind"];
  readonly instance: string;
  readonly origin: Place;
  readonly source: PatternInstance | undefined;
  /** The first line, without the `#`. */
  readonly comment: string;
  readonly draft: Draft;
}

/** Prints a draft as a unit; a container gets the label that ties it to this text. */
export function finishUnit(parts: UnitParts): Unit {
  const { sections } = parts.draft;
  const merged = mergeLines(parts.draft.lines);
  const lines = parts.kind === "container" ? [...merged, digestLine(sections, merged)] : merged;
  const printed = printUnit([parts.comment], sections, lines);
  const places = [...printed.numbers].flatMap(([line, number]) =>
    parts.source === undefined || line.path === undefined
      ? []
      : [[number, placeAt(parts.source, line.path)] as const],
  );
  return {
    name: parts.name,
    kind: parts.kind,
    instance: parts.instance,
    content: printed.text,
    mode: "0644",
    digest: digestOf(printed.text),
    origin: parts.origin,
    lines: new Map(places),
  };
}

/** The first line of every file that quadgate writes; one line, whatever the source file is called. */
export function managedBy(file: string): string {
  const name = file.replace(/[\p{Cc}\u2028\u2029]/gu, "?");
  return `Managed by quadgate. Change ${name} in the repository, not this file.`;
}
