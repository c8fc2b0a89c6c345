import type { ContainerEvent, Happening, Moment } from "../model/evidence.ts";

/** How a run of a service came to its end. */
export interface Departure {
  readonly at: Moment;
  /**
   * `ended`: nobody asked for it. `asked`: a person or a program asked systemd or podman for it. `along`:
   * systemd stopped the service with another one.
   */
  readonly how: "ended" | "asked" | "along";
  /** Whether its process ended with success. */
  readonly success: boolean;
  /** systemd's `Result=`, such as `exit-code`; absent: the journal does not say. */
  readonly result?: string;
  /** Whether the run had a good start: active, and healthy if it has a check. */
  readonly wasGood: boolean;
  /** How long the run had lasted, in milliseconds. */
  readonly ranMs: number;
  /** The service that took it along. */
  readonly by?: string;
  /** Somebody stopped the service after that, while it waited for its automatic restart. */
  readonly thenStopped?: true;
  /** systemd's InvocationID; absent: it is not known. */
  readonly invocation?: string | undefined;
}

/** What systemd and podman noted of all services that are judged, oldest first. */
export interface Traces {
  readonly history: readonly Happening[];
  /** Undefined: podman keeps none. */
  readonly events: readonly ContainerEvent[] | undefined;
}

export interface DepartureQuery {
  readonly service: string;
  /** Nothing before this moment of the present boot counts. */
  readonly sinceMs: number;
  /** quadgate asked for a start at that moment, so that a run from before it ends for this start. */
  readonly isAsked: boolean;
  /** Services that it is stopped with. */
  readonly sakes: ReadonlySet<string>;
  /** It is a pod, which ends with its last member, by itself. `sakes` has the members. */
  readonly isPod: boolean;
  /** podman itself acts if its container is unhealthy. */
  readonly actsOnHealth: boolean;
  /** Its container has a health check. */
  readonly isChecked: boolean;
  /** systemd's InvocationID of the run that was seen last; absent: none was. */
  readonly seen?: string | undefined;
  /** Set if its last run is over. */
  readonly down?: EndedRun | undefined;
}

/** The end of a run, as it shows without podman's events. */
export interface EndedRun {
  readonly at: Moment;
  readonly wallMs: number;
  /** A stop or restart job of systemd ended it, other than that of an automatic restart. */
  readonly byJob: boolean;
  readonly success: boolean;
  readonly result?: string | undefined;
  /** No note is of the end itself. It came before `at`. */
  readonly isSilent?: true;
  /** Somebody stopped the service after that, while it waited for its automatic restart. */
  readonly thenStopped?: true;
  /** systemd's InvocationID; absent: it is not known. */
  readonly invocation?: string | undefined;
}

/** A run with what the notes say of its start. */
interface NotedRun extends EndedRun {
  /** When it began, if that is among the notes. */
  readonly beganMs: number | undefined;
  /** When the next one began, in milliseconds since 1970; absent: none has. */
  readonly nextWallMs?: number;
  /** It became active. */
  readonly wasUp: boolean;
}

/** How far apart the notes of one act may be. */
const NEAR_MS = 3_000;
/** podman kills an unhealthy container right after the check that failed (`HealthOnFailure=kill`). */
const AFTER_CHECK_MS = 2_000;
/** systemd notes a moment just before it tells the journal. */
const NOTE_DELAY_MS = 50;

/**
 * The ends of the runs of a service, oldest first. A process that ends with success leaves no note of its own
 * in the journal of a user's manager: its end shows by a later start, or by the service being down.
 */
export function departuresOf(traces: Traces, query: DepartureQuery): readonly Departure[] {
  const { service, sinceMs, isPod } = query;
  const events = traces.events ?? [];
  const all = traces.history.filter((one) => one.service === service && one.at.ms >= sinceMs);
  const ended = endedRuns(sinceSeen(all, query), query)
    .flatMap((run) => withOwnEnd(run, traces.events, query) ?? [])
    .filter(({ beganMs }) => beganMs !== undefined || !query.isAsked);
  return ended.map((run): Departure => {
    const told = toldOf(run, sinceMs, run.wasUp && wasHealthy(events, query, run));
    // A pod stops with its last member, and systemd then stops that one for the pod's sake.
    const isLast = run.byJob && !isPod && hadDied(events, service, run);
    const by = !isLast && (isPod || run.byJob) ? companion(traces, query, run) : undefined;
    if (by !== undefined) return { ...told, how: "along", by };
    const isAskedFor = (run.byJob && !isLast) || isByPodman(events, query, run);
    return { ...told, how: isAskedFor ? "asked" : "ended" };
  });
}

function toldOf(run: NotedRun, sinceMs: number, wasGood: boolean): Omit<Departure, "how" | "by"> {
  const { at, success, result, thenStopped, invocation, beganMs = sinceMs } = run;
  return {
    at,
    success,
    ranMs: Math.max(0, at.ms - beganMs),
    wasGood,
    invocation,
    ...(result === undefined ? {} : { result }),
    ...(thenStopped && { thenStopped }),
  };
}

/**
 * The notes from the run on that was seen last, if they tell of it. What came before has been judged, or is
 * of the text before.
 */
function sinceSeen(notes: readonly Happening[], { seen }: DepartureQuery): readonly Happening[] {
  const first = seen === undefined ? -1 : notes.findIndex(({ invocation }) => invocation === seen);
  return notes.slice(Math.max(first, 0));
}

/** Splits the notes about a service into its runs, and leaves out one that goes on. */
function endedRuns(
  notes: readonly Happening[],
  { seen, down }: Pick<DepartureQuery, "seen" | "down">,
): readonly NotedRun[] {
  const runs: NotedRun[] = [];
  let over: EndedRun | undefined;
  let beganMs: number | undefined;
  let wasUp = false;
  // The run that was seen began before the notes if none of them is about it.
  let run = notes.some(({ invocation }) => invocation === seen) ? "" : (seen ?? "");
  for (const note of notes) {
    if (note.kind !== "starting" && note.kind !== "started") {
      over = endedBy(note, over) ?? over;
      continue;
    }
    if (isOfAnother(note, run)) over ??= silentEnd(note, run);
    // systemd announces the start of a `Type=simple` service only once it has started.
    if (over !== undefined) runs.push({ ...over, beganMs, wasUp, nextWallMs: note.wallMs });
    if (over !== undefined || beganMs === undefined) beganMs = note.at.ms;
    wasUp = note.kind === "started";
    over = undefined;
    run = note.invocation;
  }
  const isKnown = seen !== undefined || beganMs !== undefined;
  const last = over ?? (isKnown ? after(down, beganMs) : undefined);
  if (last === undefined) return runs;
  // What is down no longer has the id of its last run.
  const { invocation = run || seen } = last;
  return [...runs, { ...last, invocation, beganMs, wasUp }];
}

/** Whether a note is about another run. */
function isOfAnother({ invocation }: Happening, run: string): boolean {
  return run !== "" && invocation !== "" && invocation !== run;
}

/** The end of a run, if it came after the start of one. */
function after(end: EndedRun | undefined, beganMs = 0): EndedRun | undefined {
  return end !== undefined && end.at.ms >= beganMs - NOTE_DELAY_MS ? end : undefined;
}

/** The end of a run of which only the next start shows that it is over. */
function silentEnd({ at, wallMs }: Happening, invocation: string): EndedRun {
  return { at, wallMs, byJob: false, success: true, isSilent: true, invocation };
}

/**
 * A run with the moment at which its container died, if no note says when it ended. Undefined if that was
 * before anything counts.
 */
function withOwnEnd(
  run: NotedRun,
  events: readonly ContainerEvent[] | undefined,
  { service, sinceMs }: DepartureQuery,
): NotedRun | undefined {
  if (!run.isSilent || events === undefined) return run;
  const { at, wallMs, beganMs } = run;
  const own = events.filter((one) => one.service === service && one.wallMs <= wallMs);
  const died = own.findLast(({ status }) => status === "died");
  if (died === undefined) return run;
  const ms = at.ms - (wallMs - died.wallMs);
  if (ms >= (beganMs ?? sinceMs)) return { ...run, at: { ...at, ms }, wallMs: died.wallMs };
  return beganMs === undefined ? undefined : run;
}

/** What a note says about the end of a run. The first note decides who asked for it. */
function endedBy(
  { kind, at, wallMs, result, invocation }: Happening,
  over: EndedRun | undefined,
): EndedRun | undefined {
  if (kind === "skipped" || kind === "manager-started" || kind === "unrecorded") return undefined;
  const failed = kind === "exited" || kind === "failed" || kind === "start-failed";
  const said = kind === "failed" ? { result } : {};
  const byJob = kind === "stopping" || kind === "stopped";
  if (over !== undefined) {
    const known = byJob && !over.byJob ? { ...over, thenStopped: true as const } : over;
    return failed ? { ...known, ...said, success: false } : known;
  }
  const silent = kind === "restart-scheduled" ? { isSilent: true as const } : {};
  return { ...said, ...silent, at, wallMs, byJob, success: !failed, invocation };
}

/** The service with which systemd stopped another one, or the member with which a pod ended. */
function companion(
  { history, events }: Traces,
  { sakes, isPod }: DepartureQuery,
  { wallMs }: EndedRun,
): string | undefined {
  const isOne = (one: { readonly service: string; readonly wallMs: number }) =>
    sakes.has(one.service) && Math.abs(one.wallMs - wallMs) <= NEAR_MS;
  const noted = history.find((one) => isOne(one) && one.kind !== "starting" && one.kind !== "started");
  if (noted !== undefined || !isPod) return noted?.service;
  // The journal does not always have an end with success.
  return events?.find((one) => isOne(one) && one.status === "died")?.service;
}

/** When a run began, in milliseconds since 1970; 0 if that is not known. */
function beganWallMs({ at, wallMs, beganMs }: NotedRun): number {
  return beganMs === undefined ? 0 : wallMs - (at.ms - beganMs);
}

/** Whether somebody ended it with `podman kill` or `podman restart`. */
function isByPodman(
  events: readonly ContainerEvent[],
  { service, actsOnHealth }: DepartureQuery,
  run: NotedRun,
): boolean {
  const { nextWallMs = Number.POSITIVE_INFINITY } = run;
  const own = events.filter(
    ({ service: name, wallMs }) => name === service && wallMs >= beganWallMs(run) && wallMs <= nextWallMs,
  );
  return own.some(
    (one) =>
      (one.status === "kill" || one.status === "restart") &&
      Math.abs(one.wallMs - run.wallMs) <= NEAR_MS &&
      !(actsOnHealth && own.some((check) => isCause(check, one))),
  );
}

/** Whether its container was healthy in a run, if it has a check. */
function wasHealthy(
  events: readonly ContainerEvent[],
  { service, isChecked }: DepartureQuery,
  run: NotedRun,
): boolean {
  const began = beganWallMs(run);
  const checks = events.filter(
    (one) =>
      one.service === service && one.health !== undefined && one.wallMs >= began && one.wallMs <= run.wallMs,
  );
  return checks.length === 0 ? !isChecked : checks.some(({ health }) => health === "healthy");
}

/** Whether its container had died by itself when systemd began to stop the service. */
function hadDied(events: readonly ContainerEvent[], service: string, run: NotedRun): boolean {
  const { beganMs, wallMs } = run;
  if (beganMs === undefined) return false;
  const began = Math.max(wallMs - NEAR_MS, beganWallMs(run));
  const own = events.filter((one) => one.service === service && one.wallMs > began && one.wallMs < wallMs);
  return own.findLast(({ status }) => status === "start" || status === "died")?.status === "died";
}

/** Whether a failed health check made podman act. */
function isCause(check: ContainerEvent, act: ContainerEvent): boolean {
  const after = act.wallMs - check.wallMs;
  return check.health === "unhealthy" && after >= 0 && after <= AFTER_CHECK_MS;
}
