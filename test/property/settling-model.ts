/**
 * What has to become of an instance's text in force, from the contract alone: fresh, settled, good; ends, new counts
 * and what is put back. It is told what truly happened, and by whom, which quadgate has to find out from the journal.
 */

/** What happened to a service. Times are milliseconds of one clock. */
export interface Fact {
  readonly at: number;
  /** Of an end: neither systemd nor anybody else will start it. */
  readonly isFinal?: boolean;
  readonly kind: /** It is up, with its check passed. */
    | "good"
    /** It ended by itself, was unhealthy, or its start failed. */
    | "end"
    /** Somebody asked for a stop or restart: a person, a dependency, quadgate. */
    | "anew"
    /** Somebody asked for a stop and has not started it. */
    | "down"
    /** The machine or the user's manager has started. */
    | "boot"
    /** What happened cannot be known. */
    | "unknown";
}

export interface Timing {
  readonly stableMs: number;
  readonly probationMs: number;
  readonly deadlineMs: number;
}

export type State = "fresh" | "settled" | "good";

/** A text from when it was applied or put back. */
export interface Episode {
  readonly version: string;
  /** The state with which it came: put back, it has the one that it had. */
  readonly from: State;
  readonly at: number;
  /** It was put back: if it ends too, the last good text follows. */
  readonly isBack: boolean;
  readonly facts: readonly Fact[];
  /** States that quadgate has recorded, and that were right: what lies between two readings is decided by them. */
  readonly recorded: readonly { readonly at: number; readonly state: State }[];
  /** When syncs looked at it: that a check has passed may be known only from then on. */
  readonly looks: readonly number[];
  /** What happened until then has been judged. */
  readonly ignoresUntil?: number;
}

export interface Finding {
  readonly state: State;
  readonly hasEnded: boolean;
  /** When it ended. */
  readonly endedAt?: number;
}

/** Times this near to each other may be taken for each other's order. */
const SLACK_MS = 2_000;
const ORDER: readonly State[] = ["fresh", "settled", "good"];

/** What may be said of an episode at a time: between the earliest and the latest reading of every period. */
export function findings({ stableMs, probationMs, deadlineMs }: Timing, episode: Episode, now: number) {
  const early = walk(episode, now, {
    stableMs: stableMs - SLACK_MS,
    againMs: 0,
    isLate: false,
    probationMs: probationMs - SLACK_MS,
    deadlineMs: deadlineMs + SLACK_MS,
  });
  // A new count of a settled text may begin with `verify.stable`, or not.
  const late = walk(episode, now, {
    stableMs: stableMs + SLACK_MS,
    againMs: stableMs,
    isLate: true,
    probationMs: probationMs + 2 * SLACK_MS,
    deadlineMs: deadlineMs - SLACK_MS,
  });
  return { early, late };
}

function walk(
  episode: Episode,
  now: number,
  timing: Timing & { readonly againMs: number; readonly isLate: boolean },
): Finding {
  let state = episode.from;
  let settled: number | undefined;
  let count: number | undefined;
  let waitsFrom: number | undefined = episode.at;
  let isBooting = false;
  /** A reading may count from when a sync looked. */
  const noticed = (at: number) => (timing.isLate ? (episode.looks.find((look) => look >= at) ?? at) : at);
  /** Lets time pass; true if the deadline of a good start is over. */
  const pass = (at: number): boolean => {
    for (const known of episode.recorded)
      if (known.at <= at && ORDER.indexOf(known.state) > ORDER.indexOf(state)) {
        state = known.state;
        settled = known.at;
      }
    if (count !== undefined) {
      if (state === "fresh" && at >= count + timing.stableMs) {
        state = "settled";
        settled = noticed(count + timing.stableMs);
      }
      const begin = settled ?? count + timing.againMs;
      if (state === "settled" && at >= begin + timing.probationMs) state = "good";
      return false;
    }
    return waitsFrom !== undefined && at > waitsFrom + timing.deadlineMs;
  };
  const ended = (endedAt: number): Finding => ({ state, hasEnded: true, endedAt });
  for (const fact of episode.facts) {
    if (fact.at > now) break;
    if (pass(fact.at) && state !== "good") return ended(fact.at);
    if (fact.kind === "good") {
      count ??= noticed(fact.at);
      isBooting = false;
      continue;
    }
    // After a boot nothing is waited for that nobody will start; a first good start may be waited for.
    const counts = !isBooting || (timing.isLate && fact.isFinal === true);
    if (fact.kind === "end" && state !== "good" && counts) return ended(fact.at);
    if (fact.kind === "unknown" && state === "fresh") return ended(fact.at);
    if (fact.kind === "boot") isBooting = true;
    // An end of a good text is reported; its count is over.
    count = undefined;
    settled = undefined;
    if (fact.kind === "boot" || waitsFrom === undefined || !isBooting) waitsFrom = fact.at;
    if (fact.kind === "down" || state === "good") waitsFrom = undefined;
  }
  if (pass(now) && state !== "good") return ended(now);
  return { state, hasEnded: false };
}

/** A text that has been in force. */
export interface Past {
  readonly version: string;
  /** The state that it had at most and at least when another took its place. */
  readonly early: State;
  readonly late: State;
  readonly hasFailed: "yes" | "no" | "maybe";
}

/**
 * The texts that may follow one that has ended, oldest first, and whether one of them has to. `past` has each
 * version once, in the order in which it was in force for the last time.
 */
export function targets(past: readonly Past[], episode: Episode): { may: readonly string[]; must: boolean } {
  const others = past.filter(({ version, hasFailed }) => version !== episode.version && hasFailed !== "yes");
  const wanted: State = episode.isBack ? "good" : "settled";
  const reaches = (state: State) => ORDER.indexOf(state) >= ORDER.indexOf(wanted);
  const may = others.filter(({ early }) => reaches(early));
  const sure = may.filter(({ late, hasFailed }) => reaches(late) && hasFailed === "no");
  const newest = sure.at(-1);
  // Nothing older than the newest of those that surely count.
  const from = newest === undefined ? 0 : may.indexOf(newest);
  return { may: may.slice(from).map(({ version }) => version), must: newest !== undefined };
}

/** Whether a state that quadgate records lies between the two readings. */
export function isPossible(state: State, { early, late }: ReturnType<typeof findings>): boolean {
  const at = ORDER.indexOf(state);
  return at >= ORDER.indexOf(late.state) && at <= ORDER.indexOf(early.state);
}

/** A settled text that has ended stays if nothing can follow it, and counts anew. */
export function stayed(episode: Episode, state: State, endedAt: number): Episode {
  const facts = episode.facts.filter(({ at }) => at > endedAt);
  return { ...episode, from: state, at: endedAt, facts, recorded: [], ignoresUntil: endedAt };
}
