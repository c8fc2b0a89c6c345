import { messageOf } from "../../../lib/error-message.ts";
import { at, textAt } from "../../../model/live.ts";
import { counted, type Look, type Measure, type MeasureResult } from "../measure.ts";

/**
 * An audit that finds drift fails so that people see it. It must not lower the score that gates the repair.
 */
const AUDIT = "quadgate-drift.service";
/** A service keeps restarting if systemd restarted it this often, the last time within `RECENT_MS`. */
const RESTARTS = 3;
const RECENT_MS = 10 * 60_000;

export const services: Measure = { name: "services", core: true, read };

async function read(look: Look): Promise<MeasureResult> {
  const { systemd } = look.host;
  const [failed, waiting] = await Promise.all([systemd.failedUnits(), systemd.restartingUnits()]);
  const states = failed.length === 0 ? new Map() : await systemd.services(failed);
  // A removed unit stays in systemd's list of failed units, but should not run.
  const broken = failed.filter((name) => name !== AUDIT && states.get(name)?.loadState !== "not-found");
  const flapping = await flappingServices(look).catch(() => undefined);
  const system = await systemUnits(look);
  return {
    values: [
      counted("failed_units", broken),
      ...system.values,
      counted("restarting_services", [...new Set([...waiting, ...(flapping ?? [])])]),
    ],
    unseen: [
      ...(flapping === undefined
        ? ["whether containers were restarted, because podman does not answer"]
        : []),
      ...system.unseen,
    ],
  };
}

/** The failed units of the system, if quadgate uses a user's manager. */
async function systemUnits({ host }: Look): Promise<Required<Omit<MeasureResult, "facts">>> {
  if (!host.facts.rootless) return { values: [], unseen: [] };
  try {
    const failed = (await host.systemd.failedSystemUnits()).filter((name) => name !== AUDIT);
    return { values: [counted("failed_system_units", failed)], unseen: [] };
  } catch (error) {
    return { values: [], unseen: [`the system's failed units (${messageOf(error)})`] };
  }
}

/**
 * Services that restarted often, the last time recently. systemd knows how often it has restarted a service,
 * but not when; podman knows since when the container runs.
 */
async function flappingServices({ host, containers }: Look): Promise<readonly string[]> {
  const since = host.clock.now().getTime() - RECENT_MS;
  const names = (await containers())
    .filter((container) => at(container, "State", "Running") === true)
    .filter((container) => Date.parse(textAt(container, "State", "StartedAt")) > since)
    .map((container) => textAt(container, "Config", "Labels", "PODMAN_SYSTEMD_UNIT"))
    .filter((name) => name !== "");
  if (names.length === 0) return [];
  const states = await host.systemd.services(names);
  return [...states.values()].filter(({ restarts }) => restarts >= RESTARTS).map(({ name }) => name);
}
