import type { Parameter, Pattern } from "../../model/pattern.ts";
import { createEngine, type Scope } from "../liquid.ts";

const engine = createEngine(new Map());

/** What replaces the real values if a pattern is shown without an instance. */
function placeholders(pattern: Pattern): Scope {
  const values = Object.fromEntries(
    Object.entries(pattern.parameters).map(([name, parameter]) => [name, shownDefault(parameter)]),
  );
  const port = pattern.required.includes("port") ? "<port>" : null;
  return { instance: "<instance>", hostname: "<hostname>", port, values };
}

/** A parameter's default as it is shown; null if it has none. */
export function shownDefault({ default: value }: Parameter): string | number | boolean | null {
  if (typeof value !== "string") return value ?? null;
  return value.replaceAll(/\{\{\s*instance\s*\}\}/g, "<instance>");
}

/** Renders a pattern's texts with its defaults, `<instance>` and `<hostname>`. */
export class Shown {
  readonly #pattern: Pattern;
  readonly #scopes: readonly Scope[];

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
    const base = placeholders(pattern);
    const values = base.values as Scope;
    const choices = Object.entries(pattern.parameters).flatMap(([name, { type, values: given = [] }]) => {
      const all: readonly (string | boolean)[] =
        type === "enum" ? given : type === "boolean" ? [true, false] : [];
      return all.map((value): Scope => ({ [name]: value }));
    });
    this.#scopes = [base, ...choices.map((choice) => ({ ...base, values: { ...values, ...choice } }))].map(
      (scope) => this.#withPort(scope),
    );
  }

  #withPort(scope: Scope): Scope {
    const { port } = this.#pattern.defaults;
    return port === undefined || scope.port !== null ? scope : { ...scope, port: render(port, scope) };
  }

  /** The text with the defaults; unrenderable text stays as written. */
  text(source: string): string {
    return render(source, this.#scopes[0] ?? {});
  }

  /**
   * The text with the defaults; if it is empty, with every parameter given, or with the first choice that
   * fits.
   */
  some(source: string): string {
    const given = Object.entries(this.#pattern.parameters).map(([name, parameter]) => [
      name,
      shownDefault(parameter) ?? parameter.example ?? `<${name}>`,
    ]);
    const full = { ...this.#scopes[0], values: Object.fromEntries(given) };
    return this.text(source) || render(source, full) || (this.each(source)[0] ?? "");
  }

  /** The distinct results of the text with any choice of an enum or a switch, the defaults first. */
  each(source: string): readonly string[] {
    return [...new Set(this.#scopes.map((scope) => render(source, scope)))].filter((text) => text !== "");
  }
}

function render(source: string, scope: Scope): string {
  const rendered = engine.text(source, scope, "");
  return rendered.ok ? rendered.text.replace(/\s+/g, " ") : source;
}
