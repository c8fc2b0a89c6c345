import type { Host, TimerState } from "../model/host.ts";
import type { ServiceState } from "../model/live.ts";
import { isUnderWay, type PartOf } from "../quadlet/jobs.ts";
import { lastRunOf } from "../quadlet/last-run.ts";

/** When a job runs, and what its last run came to. Times in ISO 8601. */
export interface JobStatus {
  /** Names of its timers, sockets and paths. */
  readonly startedBy: readonly string[];
  readonly running: boolean;
  /** Null if no timer will start it. */
  readonly next: string | null;
  /** The end of its last run, or the last time that a timer started it; null if neither is known. */
  readonly last: string | null;
  /** systemd's word, with the exit status: `success`, `exit-code 2`, `timeout`; null if it is not known. */
  readonly result: string | null;
}

/** The jobs among services, by service. */
export async function readJobs(
  { systemd }: Pick<Host, "systemd">,
  jobs: readonly string[],
  { services, partOf }: { readonly services: ReadonlyMap<string, ServiceState>; readonly partOf: PartOf },
): Promise<ReadonlyMap<string, JobStatus>> {
  const names = jobs.flatMap((service) => partOf(service).by).filter((name) => name.endsWith(".timer"));
  const timers = await systemd.timers([...new Set(names)]);
  return new Map(
    jobs.map((service) => {
      const { by } = partOf(service);
      const own = timers.filter(({ name }) => by.includes(name));
      return [service, jobStatus(services.get(service), by, own)] as const;
    }),
  );
}

function jobStatus(
  state: ServiceState | undefined,
  startedBy: readonly string[],
  timers: readonly TimerState[],
): JobStatus {
  const run = lastRunOf(state);
  const next = timers.flatMap(({ nextMs }) => nextMs ?? []);
  const last = timers.flatMap(({ lastMs }) => lastMs ?? []);
  return {
    startedBy,
    running: isUnderWay(state),
    next: next.length === 0 ? null : iso(Math.min(...next)),
    last: run === undefined ? (last.length === 0 ? null : iso(Math.max(...last))) : iso(run.at),
    result: run?.result ?? null,
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
