import { QuadgateError } from "../model/errors.ts";
import type { Change } from "../model/plan.ts";
import { mergedText, serviceOfSocket } from "../quadlet/plain-units.ts";
import { comeUp } from "./come-up.ts";
import { type ApplyInput, work } from "./context.ts";

/** How often quadgate tries again if a connection starts the service in between. */
const TRIES = 3;

/**
 * Restarts a socket. systemd refuses that while its service runs. So quadgate stops both in one transaction,
 * in which no connection starts the service, and starts the socket at once. A service that ran is started
 * again: by its own change in the plan, which comes later, or here.
 */
export async function restartSocket(input: ApplyInput, change: Change): Promise<void> {
  const { systemd } = input.host;
  const services = servicesOf(input, change);
  const { instance } = change;
  for (let tries = 1; ; tries += 1) {
    const running = await runningAmong(input, services);
    try {
      if (running.length > 0) await systemd.stop(change.unit, running);
      await comeUp(input, "restart", { instance, service: change.unit });
      const others = running.filter((service) => !isStartedLater(input, service));
      for (const service of others) await comeUp(input, "start", { instance, service });
      return;
    } catch (error) {
      if (!(error instanceof QuadgateError) || tries === TRIES) throw error;
      if ((await runningAmong(input, services)).length === 0) throw error;
    }
  }
}

/** The services that the socket starts by its new text, and by the one that is loaded. */
function servicesOf({ units, live }: ApplyInput, { unit }: Change): readonly string[] {
  const now = serviceOfSocket(unit, mergedText(unit, units));
  if (now === undefined) return [];
  const loaded = [...live.services.values()].filter(({ triggeredBy }) => triggeredBy.includes(unit));
  return [...new Set([now, ...loaded.map(({ name }) => name)])];
}

async function runningAmong({ host }: ApplyInput, services: readonly string[]): Promise<readonly string[]> {
  const states = await host.systemd.services(services);
  return services.filter((name) => !/^(inactive|failed)$/.test(states.get(name)?.activeState ?? "inactive"));
}

function isStartedLater({ plan }: ApplyInput, service: string): boolean {
  return work(plan).some(
    (change) => change.service === service && change.action !== "delete" && change.loadOnly === undefined,
  );
}
