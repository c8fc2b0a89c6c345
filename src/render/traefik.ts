import type { PatternInstance } from "../model/instance.ts";
import type { Unit } from "../model/unit.ts";
import { generatedFile } from "./generated-file.ts";
import type { Findings } from "./issues.ts";
import { type Route, routeNames } from "./route.ts";
import type { World } from "./world.ts";

/** The route as a file for the folder that Traefik's file provider watches, one file for each instance. */
export function routeFile(
  instance: PatternInstance,
  route: Route,
  address: string,
  world: World,
  findings: Findings,
): readonly Unit[] {
  const scope = {
    ...routeNames(instance.name),
    rule: `Host(\`${route.hostname}\`)`,
    middlewares: route.middlewares,
    url: `http://${address}:${route.port}`,
  };
  const folder = world.traefik.dynamicDir;
  return generatedFile(instance, { folder, template: "traefik/route", scope }, world, findings);
}
