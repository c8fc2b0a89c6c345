import type { Host } from "../model/host.ts";
import { type Json, LOOK_TIMEOUT_MS, serviceOf } from "../model/live.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import { containersOf } from "./containers-of.ts";
import type { Traces } from "./departures.ts";
import { isSameRun } from "./judge-service.ts";
import type { JudgedText } from "./judge-text.ts";
import type { Evidence } from "./judged.ts";

/** podman's events have wall times, and the clock may have been set since. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * Observes the services of texts that are judged. The journal and podman's events are only read if a run is
 * not the one that was seen before.
 */
export async function gatherEvidence(host: Host, texts: readonly JudgedText[]): Promise<Evidence> {
  const judged = texts.flatMap(({ services, needs, restarted }) => [...services, ...needs, ...restarted]);
  const all = new Set(judged.flatMap(({ service, needs, sakes }) => [service, ...needs, ...sakes]));
  const names = [...all].filter((name) => !isTemplate(name));
  const { podman, systemd } = host.within(LOOK_TIMEOUT_MS);
  const [services, containers] = await Promise.all([systemd.services(names), containersOf({ podman }, all)]);
  const nowMs = host.clock.ticks();
  const boot = host.facts.bootId;
  const changed = texts.filter(({ text, services: own, restarted, isPaused }) => {
    if (isPaused) return false;
    const all = [...own, ...restarted].filter(({ role }) => role !== "job");
    return text.from.boot !== boot || all.some(({ service }) => !isKnownRun(service, text));
  });
  function isKnownRun(service: string, text: JudgedText["text"]): boolean {
    const state = services.get(service);
    return state === undefined || isSameRun(state, text.runs[service]);
  }
  return {
    boot,
    nowMs,
    wallMs: host.clock.now().getTime(),
    services,
    containersOf: byService(containers),
    traces: changed.length === 0 ? undefined : await readTraces(host, names, changed),
  };
}

function byService(containers: readonly Json[]): (service: string) => readonly Json[] {
  const found = new Map<string, Json[]>();
  for (const one of containers) found.set(serviceOf(one), [...(found.get(serviceOf(one)) ?? []), one]);
  return (service) => found.get(service) ?? [];
}

async function readTraces(
  host: Host,
  names: readonly string[],
  changed: readonly JudgedText[],
): Promise<Traces | undefined> {
  const boot = host.facts.bootId;
  const ms = Math.min(...changed.map(({ text: { from } }) => (from.boot === boot ? from.ms : 0)));
  const sinceMs = host.clock.now().getTime() - (host.clock.ticks() - ms) - CLOCK_MARGIN_MS;
  const { podman, systemd } = host.within(LOOK_TIMEOUT_MS);
  const [history, events] = await Promise.all([systemd.history(names, { boot, ms }), podman.events(sinceMs)]);
  return history && { history, events };
}
