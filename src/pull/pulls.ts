import pLimit from "p-limit";
import { messageOf } from "../lib/error-message.ts";
import type { Emit } from "../model/event.ts";
import type { Host } from "../model/host.ts";
import { type ImageNeed, needKey } from "../model/image-need.ts";
import { bringWithAttempts } from "./attempts.ts";

/** More side by side would share one line to one registry. */
const AT_ONCE = 3;

/** How long an image that could not be had is left alone; doubles with each failure in a row. */
const BACKOFF_MS = { first: 60_000, longest: 30 * 60_000 };

interface BringAsked {
  /** A person asks, so that quadgate also tries what has failed a moment ago. */
  readonly attended: boolean;
  /** The limit for one image with all attempts. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly emit: Emit;
}

interface BringResult {
  /** The images that are not there, by `needKey`, and why. */
  readonly failed: ReadonlyMap<string, string>;
  /** A later sync of this process has asked too, and does what this one would have done. */
  readonly overtaken: boolean;
}

/** The pulls and builds of one process. Syncs that want the same image share one pull. */
export interface Pulls {
  /**
   * Brings images, and ends the pulls of earlier calls that are not among them. A call that has not ended by
   * then is overtaken.
   */
  bring(needs: readonly ImageNeed[], asked: BringAsked): Promise<BringResult>;
  /** Ends all pulls: the newest plan needs no image. Earlier calls are overtaken. */
  bringNone(): void;
  /** Milliseconds until the next image that could not be had may be tried again; undefined: there is none. */
  retryInMs(): number | undefined;
}

type PullsHost = Pick<Host, "podman" | "clock" | "files">;

export function createPulls(host: PullsHost): Pulls {
  return new SharedPulls(host);
}

interface Job {
  readonly done: Promise<string | undefined>;
  readonly abort: AbortController;
  /** Tells the call that waits for it now. */
  emit: Emit;
}

interface Failure {
  readonly problem: string;
  readonly count: number;
  /** Of `Clock.ticks`. */
  readonly until: number;
}

class SharedPulls implements Pulls {
  readonly #host: PullsHost;
  readonly #inTurn = pLimit(AT_ONCE);
  readonly #jobs = new Map<string, Job>();
  readonly #failures = new Map<string, Failure>();
  #overtake = (): void => undefined;

  constructor(host: PullsHost) {
    this.#host = host;
  }

  async bring(needs: readonly ImageNeed[], asked: BringAsked): Promise<BringResult> {
    this.#overtake();
    const overtaken = new Promise<undefined>((resolve) => {
      this.#overtake = () => resolve(undefined);
    });
    const wanted = new Map(needs.map((need) => [needKey(need), need]));
    this.#drop(wanted);
    const stop = () => this.#drop(new Map());
    asked.signal?.addEventListener("abort", stop);
    const all = [...wanted].map(async ([key, need]) => [key, await this.#join(key, need, asked)] as const);
    const ended = await Promise.race([Promise.all(all), overtaken]);
    asked.signal?.removeEventListener("abort", stop);
    const failed = (ended ?? []).flatMap(([key, problem]) =>
      problem === undefined ? [] : [[key, problem] as const],
    );
    return { failed: new Map(failed), overtaken: ended === undefined };
  }

  bringNone(): void {
    this.#overtake();
    this.#drop(new Map());
  }

  retryInMs(): number | undefined {
    const now = this.#host.clock.ticks();
    // What may be tried already waits for a plan that the gate lets through.
    const waits = [...this.#failures.values()].map(({ until }) => until - now).filter((wait) => wait > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** Ends the pulls that are not wanted, and forgets their failures. */
  #drop(wanted: ReadonlyMap<string, unknown>): void {
    for (const [key, { abort }] of this.#jobs) if (!wanted.has(key)) abort.abort();
    for (const key of this.#failures.keys()) if (!wanted.has(key)) this.#failures.delete(key);
  }

  async #join(key: string, need: ImageNeed, asked: BringAsked): Promise<string | undefined> {
    const running = this.#jobs.get(key);
    if (running !== undefined && !running.abort.signal.aborted) {
      running.emit = asked.emit;
      return running.done;
    }
    const failure = this.#failures.get(key);
    const waits = failure !== undefined && this.#host.clock.ticks() < failure.until;
    if (waits && !asked.attended) return failure.problem;
    // One that was dropped a moment ago ends first.
    await running?.done;
    return this.#start(key, need, asked);
  }

  #start(key: string, need: ImageNeed, asked: BringAsked): Promise<string | undefined> {
    const abort = new AbortController();
    if (asked.signal?.aborted) abort.abort();
    const work = this.#inTurn(() => this.#bringOne(need, job, asked.timeoutMs));
    const done = work.finally(() => this.#jobs.delete(key));
    const job: Job = { done, abort, emit: asked.emit };
    this.#jobs.set(key, job);
    return done.then((problem) => {
      if (!abort.signal.aborted) this.#remember(key, problem);
      return problem;
    });
  }

  async #bringOne(need: ImageNeed, job: Job, timeoutMs: number): Promise<string | undefined> {
    const { signal } = job.abort;
    if (signal.aborted) return "no longer wanted";
    if (need.how === "none") return "it is not on this host, and the unit says that podman must not pull it";
    const files = await Promise.all(need.unless.map((path) => this.#host.files.stat(path)));
    if (files.some((file) => file?.kind === "file")) return undefined;
    const { image, how } = need;
    const began = this.#host.clock.ticks();
    job.emit({ type: "image-started", image, how });
    const problem = await bringWithAttempts(this.#host, need, {
      timeoutMs,
      signal,
      onProgress: (progress) => job.emit({ type: "image-progress", image, how, progress }),
    }).catch(messageOf);
    const durationMs = this.#host.clock.ticks() - began;
    job.emit({
      type: "image-finished",
      image,
      how,
      durationMs,
      ...(problem === undefined ? {} : { problem }),
    });
    return need.optional && !signal.aborted ? undefined : problem;
  }

  #remember(key: string, problem: string | undefined): void {
    if (problem === undefined) {
      this.#failures.delete(key);
      return;
    }
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const wait = Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** (count - 1));
    this.#failures.set(key, { problem, count, until: this.#host.clock.ticks() + wait });
  }
}
