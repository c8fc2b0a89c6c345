import type { InstanceDescription } from "../model/described.ts";
import { decideChecks } from "./checks.ts";
import type { Component } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { MetricsTarget } from "./metrics.ts";
import type { Route } from "./route.ts";

/**
 * What quadgate tells people about an instance. The pattern's prose is Liquid over the instance, its values,
 * `hostname` and `port`. A text with a fault stays as written, because prose must not prevent a deployment.
 */
export function describeInstance(
  deciding: RenderDecisions,
  decided: {
    readonly components: readonly Component[];
    readonly port: string | undefined;
    readonly route: Route | undefined;
    readonly metrics: readonly MetricsTarget[];
  },
): InstanceDescription {
  const { instance, pattern, scope, engine } = deciding;
  const { port = null, route, metrics } = decided;
  const { hostname = null } = instance.spec;
  const prose = (source: string) => {
    const rendered = engine.text(source, { ...scope, hostname, port }, pattern.file);
    return rendered.ok ? rendered.text : source;
  };
  const list = (sources: readonly string[]) => sources.map(prose).filter((text) => text !== "");
  return {
    instance: instance.name,
    pattern: pattern.name,
    title: pattern.title,
    description: pattern.description,
    hostname,
    port,
    route: route === undefined ? null : { url: `https://${route.hostname}`, middlewares: route.middlewares },
    metrics: metrics.map(({ address, path, interval }) => `http://${address}${path} every ${interval}`),
    before: list(pattern.beforeDeployment),
    after: list([
      ...pattern.afterDeployment,
      ...pattern.validation.flatMap(({ check, description }) => (check === "manual" ? [description] : [])),
    ]),
    commonIssues: pattern.commonIssues.map(({ symptom, cause, fix }) => ({
      symptom: prose(symptom),
      cause: prose(cause),
      fix: prose(fix),
    })),
    checks: decideChecks(decided.components, route?.hostname ?? null, deciding),
  };
}
