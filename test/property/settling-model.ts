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
    /** The power went. */
    | "off"
    /** The machine or the user's manager has started. */
    | "boot"
    /** Nothing is judged from then on. */
    | "suspended"
    | "resumed"
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
  /** The state with which it came at most, if that is not known exactly. */
  readonly atMost?: State;
  readonly at: number;
  /** It was put back: if it ends too, the last good text follows. */
  readonly isBack: boolean;
  readonly facts: readonly Fact[];
  /** States that quadgate has recorded, and that were right: what lies between two readings is decided by them. */
  readonly recorded: readonly { readonly at: number; readonly state: State }[];
  /** When syncs looked at it: that a check has passed may be known only from then on. */
  readonly looks: readonly number[];
  /** It ended before and stayed, for want of another: what is down then is not waited for. */
  readonly hasStayed?: true;
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

interface Reading extends Timing {
  /** After a new count, how long a settled text waits before its probation begins. */
  readonly againMs: number;
  readonly isLate: boolean;
}

function walk(episode: Episode, now: number, reading: Reading): Finding {
  const walker = new Walker(episode, reading);
  for (const fact of episode.facts) {
    if (fact.at > now) break;
    if (walker.isOverdue(fact.at) || walker.ends(fact)) return walker.finding(fact.at);
  }
  return walker.isOverdue(now) ? walker.finding(now) : walker.finding();
}

/** Goes through what happened to a text, in one reading of the periods. */
class Walker {
  readonly #episode: Episode;
  readonly #reading: Reading;
  #state: State;
  #count: number | undefined;
  #settled: number | undefined;
  /** Since when a good start is waited for. */
  #waitsFrom: number | undefined;
  #isBooting = false;
  #isSuspended = false;
  /** While it is suspended: whether it is up. */
  #isUp = false;
  #resumesAt = Number.POSITIVE_INFINITY;

  constructor(episode: Episode, reading: Reading) {
    this.#episode = episode;
    this.#reading = reading;
    this.#state = reading.isLate ? episode.from : (episode.atMost ?? episode.from);
    this.#waitsFrom = episode.hasStayed ? undefined : episode.at;
  }

  finding(endedAt?: number): Finding {
    const hasEnded = endedAt !== undefined;
    return { state: this.#state, hasEnded, ...(hasEnded ? { endedAt } : {}) };
  }

  /** Lets time pass; whether it has ended by that. */
  isOverdue(at: number): boolean {
    this.#takeRecorded(at);
    if (at >= this.#resumesAt && this.#resume(this.#resumesAt)) return true;
    if (this.#count !== undefined) {
      this.#prove(at, this.#count);
      return false;
    }
    const { deadlineMs } = this.#reading;
    return this.#state !== "good" && this.#waitsFrom !== undefined && at > this.#waitsFrom + deadlineMs;
  }

  #takeRecorded(at: number): void {
    for (const known of this.#episode.recorded)
      if (known.at <= at && ORDER.indexOf(known.state) > ORDER.indexOf(this.#state)) {
        this.#state = known.state;
        this.#settled = known.at;
      }
  }

  #prove(at: number, count: number): void {
    const { stableMs, probationMs, againMs } = this.#reading;
    if (this.#state === "fresh" && at >= count + stableMs) {
      this.#state = "settled";
      this.#settled = this.#noticed(count + stableMs);
    }
    const begin = this.#settled ?? count + againMs;
    if (this.#state === "settled" && at >= begin + probationMs) this.#state = "good";
  }

  /** A reading may count from when a sync looked, as podman keeps the last few checks alone. */
  #noticed(at: number): number {
    const { looks } = this.#episode;
    // The sync that has applied it watches it.
    const isWatched = looks.length <= 1;
    if (!this.#reading.isLate) return at;
    return looks.find((look) => look >= at) ?? (isWatched ? at : Number.POSITIVE_INFINITY);
  }

  /** Takes in what happened; whether the text has ended by it. */
  ends(fact: Fact): boolean {
    if (fact.kind === "resumed") {
      // Only a sync that looks finds out.
      const { isLate } = this.#reading;
      const { looks } = this.#episode;
      if (!isLate) return this.#resume(fact.at);
      this.#resumesAt = looks.find((look) => look > fact.at) ?? Number.POSITIVE_INFINITY;
      return false;
    }
    if (this.#isSuspended) {
      this.#isUp = fact.kind === "good" || (fact.kind === "suspended" && this.#isUp);
      return false;
    }
    return fact.kind === "suspended" ? this.#suspend() : this.#judges(fact);
  }

  #suspend(): boolean {
    this.#isSuspended = true;
    this.#isUp = this.#count !== undefined;
    this.#count = undefined;
    this.#settled = undefined;
    this.#waitsFrom = undefined;
    this.#isBooting = false;
    return false;
  }

  /** What is down by then may have ended, or may be left down. */
  #resume(at: number): boolean {
    this.#isSuspended = false;
    this.#resumesAt = Number.POSITIVE_INFINITY;
    if (this.#isUp) this.#count = at;
    return !this.#isUp && this.#reading.isLate && this.#state !== "good";
  }

  #judges({ at, kind, isFinal }: Fact): boolean {
    if (kind === "good") {
      this.#count ??= this.#noticed(at);
      this.#isBooting = false;
      return false;
    }
    // After a boot nothing is waited for that nobody will start; a first good start may be waited for.
    const counts = !this.#isBooting || (this.#reading.isLate && isFinal === true);
    if (kind === "end" && this.#state !== "good" && counts) return true;
    if (kind === "unknown" && this.#state === "fresh") return true;
    if (kind === "boot" || kind === "off") this.#isBooting = true;
    this.#count = undefined;
    this.#settled = undefined;
    if (kind === "boot" || this.#waitsFrom === undefined || !this.#isBooting) this.#waitsFrom = at;
    if (kind === "down" || kind === "off" || this.#state === "good") this.#waitsFrom = undefined;
    return false;
  }
}

/** A text that has been in force. */
export interface Earlier {
  readonly version: string;
  /** The state that it had at most and at least when another took its place. */
  readonly early: State;
  readonly late: State;
  /** When another took its place. */
  readonly until: number;
  readonly hasFailed: "yes" | "no" | "maybe";
}

/**
 * The texts that may follow one that has ended, oldest first, and whether one of them has to. `past` has each
 * version once, in the order in which it was in force for the last time.
 */
export function targets(
  past: readonly Earlier[],
  episode: Episode,
): { may: readonly string[]; must: boolean } {
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
  return {
    ...episode,
    from: state,
    at: endedAt,
    facts,
    recorded: [],
    ignoresUntil: endedAt,
    hasStayed: true,
  };
}
