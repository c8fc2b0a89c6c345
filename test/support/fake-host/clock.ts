import type { Clock } from "../../../src/model/host.ts";

/**
 * Time that passes only while somebody sleeps: when nothing else is left to run, it jumps to the moment at
 * which the first sleeper wakes.
 */
export class VirtualClock implements Clock {
  /** At an even pace, whatever is done to the time of day. */
  #now: number;
  /** What the time of day has been put forward. */
  #turned = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  #scheduled = false;

  constructor(now: number) {
    this.#now = now;
  }

  now(): Date {
    return new Date(this.ms);
  }

  ticks(): number {
    return this.#now;
  }

  timezone(): string {
    return "UTC";
  }

  get ms(): number {
    return this.#now + this.#turned;
  }

  /** Puts the time of day forward, or back; no time passes. */
  turn(ms: number): void {
    this.#turned += ms;
  }

  /** Lets time pass from outside. */
  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + ms, wake });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#sleepers.length === 0) return;
    this.#scheduled = true;
    // After every promise that can go on, and after whatever the system has to say.
    setImmediate(() => {
      this.#scheduled = false;
      this.#wakeFirst();
      this.#schedule();
    });
  }

  #wakeFirst(): void {
    const at = Math.min(...this.#sleepers.map((sleeper) => sleeper.at));
    this.#now = Math.max(this.#now, at);
    const [due, later] = [true, false].map((isDue) =>
      this.#sleepers.filter((sleeper) => sleeper.at <= at === isDue),
    );
    this.#sleepers = later ?? [];
    for (const { wake } of due ?? []) wake();
  }
}
