import type { HealthFinding, HealthResult } from "../../model/health.ts";
import { findingFor, type Measurement, type Severity, WEIGHTS } from "./checks.ts";
import type { HealthHost } from "./host.ts";
import { MEASURES } from "./measures.ts";
import { failure } from "./report.ts";

const PROVIDER = "builtin";
/** The code of an info finding: a check could not run. */
const NOT_CHECKED = "Q000";

/**
 * The built-in health report, in the shape of homelab-intel's. A check that cannot run is an info finding;
 * when none can run there is no report, since a host that nobody saw is not a healthy one.
 */
export async function askBuiltin(host: HealthHost): Promise<HealthResult> {
  const looked = await Promise.all(MEASURES.map((measure) => lookAt(measure, host)));
  const measured = looked.flatMap((each) => each.measured);
  const info = looked.flatMap((each) => each.info);
  if (info.length === MEASURES.length) {
    const message = `none of the built-in health checks could run: ${info.map((each) => each.message).join("; ")}`;
    return failure("report-missing", PROVIDER, message);
  }
  const found = measured.map(findingFor).filter((each) => each !== undefined);
  const findings = (severity: Severity) =>
    found.filter((each) => each.severity === severity).map((each) => each.finding);
  const loss = found.reduce((sum, each) => sum + WEIGHTS[each.severity], 0);
  const report = {
    provider: PROVIDER,
    score: Math.max(0, 100 - loss),
    observedAt: host.clock.now().toISOString(),
    critical: findings("critical"),
    warnings: findings("warnings"),
    info,
    metrics: Object.fromEntries(measured.map(({ metric, value }) => [metric, value])),
  };
  return { ok: true, report };
}

async function lookAt(
  measure: (typeof MEASURES)[number],
  host: HealthHost,
): Promise<{ readonly measured: readonly Measurement[]; readonly info: readonly HealthFinding[] }> {
  try {
    return { measured: await measure.read(host), info: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { measured: [], info: [{ code: NOT_CHECKED, message: `${measure.name} not checked: ${why}` }] };
  }
}
