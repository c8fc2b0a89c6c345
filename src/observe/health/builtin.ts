import { messageOf } from "../../lib/error-message.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { HealthFinding, HealthResult } from "../../model/health.ts";
import { HEALTH_CHECKS, type Severity } from "../../model/health-checks.ts";
import type { Json } from "../../model/live.ts";
import type { Settings } from "../../model/settings-schema.ts";
import { findingFor } from "./findings.ts";
import type { HealthHost, LookedAt, Managers } from "./host.ts";
import { counted, type Look, type Measure, type Measurement, type MeasureResult } from "./measure.ts";
import { MEASURES } from "./measures/all-measures.ts";
import { failure } from "./report.ts";

const PROVIDER = "builtin";

/**
 * The built-in health report, in the shape of homelab-intel's. A check that cannot run is an info finding. If
 * none of the core checks can run, there is no report, because an unseen host does not count as healthy.
 */
export async function askBuiltin(host: HealthHost, settings: Settings["health"]): Promise<HealthResult> {
  const silent = new Set<string>();
  const look = lookAt({ ...host, ...listening(host.within(settings.timeout), silent) }, settings);
  const looked = await Promise.all(MEASURES.map((measure) => run(measure, look)));
  if (looked.every(({ core, ran }) => !core || !ran)) {
    const reasons = looked.flatMap(({ unseen }) => unseen).join("; ");
    return failure("report-missing", PROVIDER, `none of the core health checks could run: ${reasons}`);
  }
  const unseen = looked.flatMap((each) => each.unseen);
  const mute = silent.size === 0 ? [] : [counted("programs_silent", [...silent])];
  const measured = [...looked.flatMap(({ values }) => values), ...mute];
  const blind = unseen.map((subject) => ({ metric: "checks_not_run", value: 1, subject }) as const);
  const found = [...measured, ...blind].flatMap((each) => findingFor(each, settings.checks) ?? []);
  const findings = (severity: Severity): readonly HealthFinding[] =>
    found.filter((each) => each.severity === severity).map(({ finding }) => finding);
  const report = {
    provider: PROVIDER,
    score: Math.max(0, 100 - found.reduce((sum, { weight }) => sum + weight, 0)),
    observedAt: host.clock.now().toISOString(),
    critical: findings("critical"),
    warnings: findings("warning"),
    info: findings("info"),
    metrics: { ...metricsOf(measured), ...Object.assign({}, ...looked.map(({ facts }) => facts)) },
  };
  return { ok: true, report };
}

/** Notes which of the two did not answer in time, even if a measure handles the error. */
function listening({ podman, systemd }: Managers, silent: Set<string>): Managers {
  const noted = (who: string) => (error: unknown) => {
    if (error instanceof QuadgateError && error.reason === "no-answer") silent.add(who);
    throw error;
  };
  const [byPodman, bySystemd] = [noted("podman"), noted("systemd")];
  return {
    podman: {
      containers: () => podman.containers().catch(byPodman),
      store: () => podman.store().catch(byPodman),
    },
    systemd: {
      failedUnits: () => systemd.failedUnits().catch(bySystemd),
      failedSystemUnits: () => systemd.failedSystemUnits().catch(bySystemd),
      restartingUnits: () => systemd.restartingUnits().catch(bySystemd),
      services: (names) => systemd.services(names).catch(bySystemd),
    },
  };
}

function lookAt(host: LookedAt, settings: Settings["health"]): Look {
  let containers: Promise<readonly Json[]> | undefined;
  return {
    host,
    settings,
    containers: () => {
      containers ??= host.podman.containers();
      return containers;
    },
  };
}

interface MeasureState extends Required<MeasureResult> {
  readonly core: boolean;
  readonly ran: boolean;
}

async function run({ name, core, read }: Measure, look: Look): Promise<MeasureState> {
  const isCore = core === true;
  try {
    const { values, facts = {}, unseen = [] } = await read(look);
    return { core: isCore, ran: true, values, facts, unseen: unseen.map((what) => `${name}: ${what}`) };
  } catch (error) {
    return { core: isCore, ran: false, values: [], facts: {}, unseen: [`${name}: ${messageOf(error)}`] };
  }
}

/** The worst value of each metric, with two decimals. */
function metricsOf(measured: readonly Measurement[]): Readonly<Record<string, number>> {
  const metrics: Record<string, number> = {};
  const sinking = new Set(
    Object.values(HEALTH_CHECKS).flatMap(({ side, metrics: of }) => (side === "below" ? of : [])),
  );
  for (const { metric, value } of measured) {
    const worst = sinking.has(metric) ? Math.min : Math.max;
    const shown = Math.round(value * 100) / 100;
    metrics[metric] = worst(metrics[metric] ?? shown, shown);
  }
  return metrics;
}
