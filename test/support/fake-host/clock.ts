import type { Clock } from "../../../src/model/host.ts";

/** What happens on a machine by itself, at its own times. */
export interface Timeline {
  /** When the next thing happens, in steady milliseconds; Infinity: never. */
  next(): number;
  /** Lets everything happen that is due. */
  happen(): void;
}

/**
 * Time that passes only while somebody sleeps: when nothing else is left to run, it jumps to the next thing that
 * happens on the machine, or to the moment at which the first sleeper wakes. While somebody holds it, it stands still.
 */
export class VirtualClock implements Clock {
  /** At an even pace, whatever is done to the time of day, and through boots. */
  #now: number;
  /** What the time of day has been put forward. */
  #turned = 0;
  #bootedAt: number;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #scheduled = false;
  #held = 0;
  #timeline: Timeline = { next: () => Number.POSITIVE_INFINITY, happen: () => undefined };

  constructor(now: number, from?: VirtualClock) {
    this.#now = from?.steady ?? now;
    this.#turned = from === undefined ? 0 : from.ms - from.steady;
    this.#bootedAt = from === undefined ? 0 : from.steady - from.ticks();
  }

  now(): Date {
    return new Date(this.ms);
  }

  ticks(): number {
    return this.#now - this.#bootedAt;
  }

  timezone(): string {
    return "UTC";
  }

  /** The time of day, in milliseconds since 1970. */
  get ms(): number {
    return this.#now + this.#turned;
  }

  /** Milliseconds that no boot and no change of the time of day affects. */
  get steady(): number {
    return this.#now;
  }

  follow(timeline: Timeline): void {
    this.#timeline = timeline;
  }

  /** Puts the time of day forward, or back; no time passes. */
  turn(ms: number): void {
    this.#turned += ms;
  }

  /** The monotonic clock begins anew. */
  boot(): void {
    this.#bootedAt = this.#now;
  }

  /** Lets time pass from outside; what is due meanwhile happens. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#timeline.next(); next <= end; next = this.#timeline.next()) {
      this.#now = Math.max(this.#now, next);
      this.#timeline.happen();
    }
    this.#now = end;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
      this.#schedule();
    });
  }

  /** No time passes while something works outside of the virtual time, such as a program of this machine. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#held > 0 || this.#sleepers.length === 0) return;
    this.#scheduled = true;
    // After every promise that can go on, and after whatever the system has to say.
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#held === 0) this.#step();
      this.#schedule();
    });
  }

  #step(): void {
    const at = Math.min(...this.#sleepers.map((sleeper) => sleeper.at));
    const next = this.#timeline.next();
    this.#now = Math.max(this.#now, Math.min(at, next));
    if (next <= at) {
      this.#timeline.happen();
      return;
    }
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= at);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > at);
    for (const { wake } of due) wake();
  }
}
