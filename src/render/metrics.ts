import type { PatternInstance } from "../model/instance.ts";
import type { Metrics } from "../model/pattern.ts";
import type { Unit } from "../model/unit.ts";
import { addressOf } from "./address.ts";
import type { Component } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import { generatedFile } from "./generated-file.ts";
import type { Findings } from "./issues.ts";
import type { UnitLine } from "./unit-text.ts";
import type { World } from "./world.ts";

/** An endpoint that Prometheus scrapes. */
export interface MetricsTarget {
  /** Empty for the main unit. */
  readonly component: string;
  /** `name:port`, as Prometheus reaches it on a network that both are on. */
  readonly address: string;
  readonly path: string;
  /** Whole seconds or minutes, as Prometheus writes them: `15s`. */
  readonly interval: string;
  readonly timeout: string;
}

interface Part {
  readonly component: Component;
  readonly draft: { readonly lines: readonly UnitLine[] };
}

/** Prometheus drops a target whose timeout is longer than its interval; this is its own default. */
const TIMEOUT_SECONDS = 10;

/**
 * The endpoints of an instance: those of the pattern, and the manifest's `metrics` for the main unit. Leaves
 * out those with an empty port or whose component is not rendered.
 */
export function decideMetrics(parts: readonly Part[], deciding: RenderDecisions): readonly MetricsTarget[] {
  const { instance, pattern, findings } = deciding;
  const own = instance.spec.metrics;
  if (own?.enabled === false) return [];
  const main = parts.find((part) => part.component.main);
  const declared = pattern.metrics.flatMap((metrics) => rendered(metrics, deciding) ?? []);
  const wanted = own === undefined ? declared : overridden(declared, own, main);
  return wanted.flatMap(({ component, port, path, interval }) => {
    const part = parts.find((candidate) => candidate.component.unit.component === component);
    if (part === undefined || port === "") return [];
    if (!isPort(port)) {
      findings.add("value-invalid", `"${port}" is not a port for its metrics`, {
        path: "metrics.port",
      });
      return [];
    }
    const address = `${addressOf(part.draft.lines, part.component.name)}:${port}`;
    return [
      {
        component,
        address,
        path: path.startsWith("/") ? path : `/${path}`,
        interval,
        timeout: timeoutFor(interval),
      },
    ];
  });
}

/** What the pattern says, with its Liquid rendered; what the manifest says stays as it is. */
function rendered(metrics: Metrics, deciding: RenderDecisions): Metrics | undefined {
  const port = liquid(metrics.port, deciding);
  const path = liquid(metrics.path, deciding);
  return port === undefined || path === undefined
    ? undefined
    : { ...metrics, port, path: path || "/metrics" };
}

/** The manifest's `metrics` over the pattern's for the main unit; the default port is the service's own. */
function overridden(
  metrics: readonly Metrics[],
  own: NonNullable<PatternInstance["spec"]["metrics"]>,
  main: Part | undefined,
): readonly Metrics[] {
  const [first, ...more] = metrics.filter(({ component }) => component === "");
  const entry: Metrics = {
    component: "",
    port: own.port === undefined ? (first?.port ?? main?.component.port ?? "") : String(own.port),
    path: own.path ?? first?.path ?? "/metrics",
    interval: own.interval ?? first?.interval ?? "15s",
  };
  return [entry, ...more, ...metrics.filter(({ component }) => component !== "")];
}

function liquid(source: string, { engine, scope, pattern, findings }: RenderDecisions): string | undefined {
  const rendered = engine.text(source, scope, pattern.file);
  if (rendered.ok) return rendered.text;
  findings.adopt(rendered.issue);
  return undefined;
}

/** Whether a text is the number of a port. */
export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function timeoutFor(interval: string): string {
  const seconds = Number.parseInt(interval, 10) * (interval.endsWith("m") ? 60 : 1);
  return `${Math.min(TIMEOUT_SECONDS, seconds)}s`;
}

/** The endpoints as a file for Prometheus' file-based service discovery, one file for each instance. */
export function metricsFile(
  instance: PatternInstance,
  targets: readonly MetricsTarget[],
  world: World,
  findings: Findings,
): readonly Unit[] {
  if (targets.length === 0 || world.prometheus.mode === "off") return [];
  const scope = { instance: instance.name, targets };
  const folder = world.prometheus.targetsDir;
  return generatedFile(instance, { folder, template: "prometheus/targets", scope }, world, findings);
}
