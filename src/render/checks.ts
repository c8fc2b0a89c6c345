import type { InstanceCheck } from "../model/check.ts";
import type { ValidationCheck } from "../model/pattern-guide.ts";
import type { Component } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { LiquidResult } from "./liquid.ts";
import { isPort } from "./metrics.ts";

type Automatic = Exclude<ValidationCheck, { check: "manual" }>;

/**
 * The pattern's checks that quadgate runs, with the instance's real values. Leaves out those of components
 * that are not rendered, and those whose text renders to nothing. A fault in the text shows only when the
 * check runs, because it must not prevent a deployment. `hostname`: the routed one, null if there is none.
 */
export function decideChecks(
  components: readonly Component[],
  hostname: string | null,
  deciding: RenderDecisions,
): readonly InstanceCheck[] {
  const containers = components.filter(({ unit }) => unit.kind === "container");
  return deciding.pattern.validation.flatMap((check) => {
    const about = containers.find(({ unit }) => unit.component === check.component);
    if (check.check === "manual" || about === undefined) return [];
    return decideCheck(check, about, hostname, deciding) ?? [];
  });
}

function decideCheck(
  check: Automatic,
  about: Component,
  hostname: string | null,
  { engine, pattern, scope, instance }: RenderDecisions,
): InstanceCheck | undefined {
  const port = about.port ?? scope.port ?? null;
  const seen = { ...scope, hostname: instance.spec.hostname ?? null, port };
  const render = (source: string): LiquidResult => engine.text(source, seen, pattern.file);
  const description = render(check.description);
  const base = {
    description: description.ok ? description.text : check.description,
    unit: `${about.name}.container`,
  };
  const texts: string[] = [];
  for (const rendered of sourcesOf(check).map(render)) {
    if (!rendered.ok) return { ...base, check: check.check, problem: rendered.issue.message };
    texts.push(rendered.text);
  }
  const isList = check.check === "command" && typeof check.run !== "string";
  const needed = isList ? texts.slice(0, 1) : texts;
  if (needed.includes("")) return undefined;
  return filled(
    check,
    texts.filter((text) => text !== ""),
    base,
    hostname,
  );
}

function sourcesOf(check: Automatic): readonly string[] {
  switch (check.check) {
    case "command":
      return typeof check.run === "string" ? [check.run] : check.run;
    case "tcp":
      return [check.port];
    case "http":
      return [check.port, check.path];
    case "route":
      return [check.path];
    case "no-log":
      return [];
  }
}

function filled(
  check: Automatic,
  texts: readonly string[],
  base: { readonly description: string; readonly unit: string },
  hostname: string | null,
): InstanceCheck {
  const [first = "", second = "/"] = texts;
  switch (check.check) {
    case "command": {
      const command = typeof check.run === "string" ? ["sh", "-c", first] : texts;
      const expect = check.expect === undefined ? {} : { expect: check.expect };
      return { ...base, check: "command", command, ...expect };
    }
    case "route":
      return { ...base, check: "route", hostname, path: absolute(first), status: check.status };
    case "no-log":
      return { ...base, check: "no-log", match: check.match };
    case "tcp":
      if (!isPort(first)) return { ...base, check: "tcp", problem: `"${first}" is not a port` };
      return { ...base, check: "tcp", port: Number(first) };
    case "http":
      if (!isPort(first)) return { ...base, check: "http", problem: `"${first}" is not a port` };
      return { ...base, check: "http", port: Number(first), path: absolute(second), status: check.status };
  }
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}
