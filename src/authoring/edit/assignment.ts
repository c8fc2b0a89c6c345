import { parse } from "yaml";
import type { Pattern } from "../../model/pattern.ts";

/** A new value for a key of a manifest. In its path, numbers count entries of lists. */
export interface Assignment {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** Splits `PATH=TEXT` of a command line; undefined if it has no path. */
export function splitAssignment(
  text: string,
): { readonly path: Assignment["path"]; readonly text: string } | undefined {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return path === undefined || value === undefined ? undefined : { path: pathOf(path), text: value };
}

/**
 * Reads a path: `values.x`, `volumes.0`, `labels."prometheus.scrape"`. Dots divide it, except between double
 * quotes. What follows `environment` or `labels` is one name.
 */
export function pathOf(text: string): Assignment["path"] {
  const parts = [...text.matchAll(/"([^"]*)"|([^."]+)/g)].map(([, quoted, plain]) =>
    quoted !== undefined ? quoted : /^\d+$/.test(plain ?? "") ? Number(plain) : (plain ?? ""),
  );
  const [head, ...rest] = parts;
  if (head !== "labels" && head !== "environment") return parts;
  return rest.length === 0 ? parts : [head, rest.join(".")];
}

const TEXTUAL = new Set(["image", "hostname", "memory", "memoryHigh", "pattern"]);

/**
 * The value that a text means at a path. If the key takes only text, it stays text
 * (`environment.LEVEL=1.10`). Else it is YAML: `[a, b]`, `true` and `8080` are a list, a boolean and a
 * number.
 */
export function valueAt(path: Assignment["path"], text: string, pattern: Pattern | undefined): unknown {
  const [head, name] = path;
  const type = head === "values" ? pattern?.parameters[String(name)]?.type : undefined;
  const typed = type === "boolean" || type === "integer";
  if (path.length === 1 ? TEXTUAL.has(String(head)) : head === "environment" || head === "labels")
    return text;
  return type !== undefined && !typed ? text : fromYaml(text);
}

function fromYaml(text: string): unknown {
  try {
    const value: unknown = parse(text, { schema: "core" });
    return value === null || value === undefined ? text : value;
  } catch {
    return text;
  }
}
