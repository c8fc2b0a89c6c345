import { posix } from "node:path";
import type { PatternInstance } from "../model/instance.ts";
import { digestOf, type Unit } from "../model/unit.ts";
import { managedBy } from "./compile.ts";
import { expandHome } from "./files.ts";
import type { Findings } from "./issues.ts";
import { type Route, routeNames } from "./route.ts";
import type { World } from "./world.ts";

/** The route as a file for the folder that Traefik's file provider watches, one file an instance. */
export function routeFile(
  instance: PatternInstance,
  route: Route,
  container: string,
  world: World,
  findings: Findings,
): readonly Unit[] {
  const rendered = world.engine.json("traefik/route", {
    ...routeNames(instance.name),
    rule: `Host(\`${route.hostname}\`)`,
    middlewares: route.middlewares,
    url: `http://${container}:${route.port}`,
  });
  if (!rendered.ok) {
    findings.adopt(rendered.issue);
    return [];
  }
  const head = `# ${managedBy(instance.place.file)}\n`;
  const content =
    head +
    rendered.text
      .replace(/\n(\s*\n)+/g, "\n")
      .trim()
      .concat("\n");
  return [
    {
      name: posix.join(expandHome(world.traefik.dynamicDir, world.home), `${instance.name}.yml`),
      kind: "file",
      instance: instance.name,
      content,
      mode: "0644",
      digest: digestOf(content),
      origin: instance.place,
    },
  ];
}
