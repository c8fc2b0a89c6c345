import type { PatternInstance } from "../model/instance.ts";
import type { Pattern } from "../model/pattern.ts";
import { ACCESS_MIDDLEWARES, middlewareName } from "./access.ts";
import type { Findings } from "./issues.ts";

/** The public way to an instance, through Traefik. */
export interface Route {
  readonly hostname: string;
  readonly port: string;
  /** Full names, in the order in which Traefik runs them. */
  readonly middlewares: readonly string[];
}

/** One or more labels of letters, digits and hyphens: nothing that could end Traefik's `Host(...)` rule. */
const HOSTNAME = /^(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/**
 * The route that an instance asks for: none if its access is `none`, or if it has neither hostname nor
 * `route`. The manifest's middlewares override its access kind, and both override the pattern's.
 */
export function decideRoute(
  instance: PatternInstance,
  pattern: Pattern,
  port: string | undefined,
  findings: Findings,
): Route | undefined {
  // The rule itself reports a manifest that asks for one.
  if (pattern.rules.some((rule) => rule.rule === "no-route")) return undefined;
  const { hostname, route } = instance.spec;
  const access = route?.access ?? pattern.defaults.access;
  if (access === "none" || (hostname === undefined && route === undefined)) return undefined;
  const own = route?.access === undefined || route.access === pattern.defaults.access;
  const kind = ACCESS_MIDDLEWARES[access];
  const middlewares = route?.middlewares ?? (own ? (pattern.defaults.middlewares ?? kind) : kind);
  if (hostname === undefined) {
    if (!pattern.required.includes("hostname")) {
      findings.add("key-missing", "a route needs a hostname", { path: "route" });
    }
    return undefined;
  }
  if (!HOSTNAME.test(hostname)) {
    findings.add("value-invalid", `"${hostname}" is not a host name`, { path: "hostname" });
    return undefined;
  }
  if (port === undefined || !/^\d+$/.test(port)) {
    findings.add("key-missing", "a route needs the port that the service listens on", {
      path: "hostname",
      hint: "add port: 8080, or set route: { access: none }",
    });
    return undefined;
  }
  return { hostname, port, middlewares: middlewares.map(middlewareName) };
}

/** Traefik's names for the route's router and service. */
export function routeNames(instance: string): { readonly router: string; readonly service: string } {
  return { router: `${instance}-secure`, service: instance };
}

/** The route as container labels, for Traefik's Docker provider. */
export function routeLabels(instance: string, route: Route, network: string | undefined) {
  const { router, service } = routeNames(instance);
  const prefix = `traefik.http.routers.${router}`;
  const labels: Record<string, string> = {
    "traefik.enable": "true",
    [`${prefix}.rule`]: `Host(\`${route.hostname}\`)`,
    [`${prefix}.entrypoints`]: "websecure",
    [`${prefix}.tls`]: "true",
    [`${prefix}.tls.certresolver`]: "letsencrypt",
    [`${prefix}.service`]: service,
    [`traefik.http.services.${service}.loadbalancer.server.port`]: route.port,
  };
  if (route.middlewares.length > 0) labels[`${prefix}.middlewares`] = route.middlewares.join(",");
  // Without it, Traefik picks any of the container's networks, even one that it is not on itself.
  if (network !== undefined) labels["traefik.docker.network"] = network;
  return labels;
}
