import { posix } from "node:path";
import { digestOf } from "../lib/digest.ts";
import { expandHome } from "../lib/expand-home.ts";
import type { PatternInstance } from "../model/instance.ts";
import type { Unit } from "../model/unit.ts";
import { managedBy } from "./compile.ts";
import type { Findings } from "./issues.ts";
import type { Scope } from "./liquid.ts";
import type { World } from "./world.ts";

/**
 * An instance's YAML file in a folder that another program watches; its template's outputs are JSON strings.
 * Empty if the template has a fault, which is added to the findings.
 */
export function generatedFile(
  instance: PatternInstance,
  options: { readonly folder: string; readonly template: string; readonly scope: Scope },
  world: World,
  findings: Findings,
): readonly Unit[] {
  const rendered = world.engine.json(options.template, options.scope);
  if (!rendered.ok) {
    findings.adopt(rendered.issue);
    return [];
  }
  const body = rendered.text.replace(/\n(\s*\n)+/g, "\n").trim();
  const content = `# ${managedBy(instance.place.file)}\n${body}\n`;
  return [
    {
      name: posix.join(expandHome(options.folder, world.home), `${instance.name}.yml`),
      kind: "file",
      instance: instance.name,
      content,
      mode: "0644",
      digest: digestOf(content),
      origin: instance.place,
    },
  ];
}
