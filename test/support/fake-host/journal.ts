import type { HappeningKind } from "../../../src/model/evidence.ts";
import type { FakeContainer } from "./container.ts";
import type { World } from "./world.ts";

/** The id of a service's run, as systemd writes it. */
export function invocationId(service: string, invocation: number): string {
  const hash = [...service].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 0x7fff_ffff, 7);
  return hash.toString(16).padStart(8, "0") + invocation.toString(16).padStart(24, "0");
}

/** systemd writes to its journal. */
export function log(
  world: World,
  service: string,
  kind: HappeningKind,
  { job, result }: { readonly job?: string; readonly result?: string } = {},
): void {
  const run = world.contents.runs.get(service);
  world.contents.journal.push({
    service,
    kind,
    boot: world.facts.bootId,
    ms: world.clock.ticks(),
    wallMs: world.clock.ms,
    invocation: service === "" || run === undefined ? "" : invocationId(service, run.invocation),
    truth: { ...moment(world), text: world.contents.loaded.get(service) ?? "" },
    ...(job === undefined ? {} : { job }),
    ...(result === undefined ? {} : { result }),
  });
}

interface Told {
  readonly health?: string | undefined;
  /** Of a health check: quadgate ran it, not podman's timer. */
  readonly isProbe?: boolean;
  /** Of the end of a container that ended by itself. */
  readonly exitStatus?: number;
}

/** podman tells of a container. */
export function tell(
  world: World,
  container: FakeContainer,
  status: string,
  { health, isProbe = false, exitStatus }: Told = {},
): void {
  world.contents.events.push({
    service: container.service,
    container: container.name,
    status,
    ...(health === undefined ? {} : { health }),
    wallMs: world.clock.ms,
    truth: { ...moment(world), isProbe, ...(exitStatus === undefined ? {} : { exitStatus }) },
  });
}

function moment({ clock, contents }: World): { readonly at: number; readonly order: number } {
  return { at: clock.steady, order: contents.journal.length + contents.events.length };
}
