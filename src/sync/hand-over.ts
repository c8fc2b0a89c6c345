import { isDeepStrictEqual } from "node:util";
import { TakenOver, type Turns } from "../apply/index.ts";
import type { HeldLock } from "../model/held-lock.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Change } from "../model/plan.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import type { Context } from "../planning/context.ts";
import { withStarts } from "./begun-texts.ts";

/** How long an apply keeps the lock while it waits: most starts take less. */
const PATIENCE_MS = 1_000;
/** The longest pause of an apply that waits, until it looks again whether another sync has taken it over. */
const LONGEST_LOOK_MS = 5_000;

/** What an apply finds after it has handed the lock over. */
export interface HandOverResult {
  /** The inventory, with what other syncs have made of it meanwhile. */
  readonly begun: Inventory;
  /** When systemd was asked to start services, in milliseconds of the monotonic clock. */
  readonly starts: ReadonlyMap<string, number>;
  /** By instance that another sync has taken over: the text that this one has begun, if it was a new one. */
  readonly lost: ReadonlyMap<string, TextInForce | undefined>;
  /** Whether another sync has written to the inventory meanwhile. */
  readonly isOther: boolean;
}

/** A start that is waited for. */
interface Start {
  readonly instance: string;
  readonly service: string;
  readonly giveUp: () => void;
}

/**
 * Hands the lock over while an apply only waits for starts, as if the sync had been killed there: what it has
 * begun is marked in the inventory, and the next sync takes that over. If none has, this one goes on.
 */
export class HandOver implements Turns {
  readonly #context: Context;
  readonly #held: HeldLock | undefined;
  #changes: readonly Change[] = [];
  /** With the marks of what this apply has begun. */
  #begun: Inventory;
  /** As last seen. */
  #present: Inventory;
  #isHeld = true;
  #handing: Promise<void> = Promise.resolve();
  #taking: Promise<void> | undefined;
  /** Why the lock could not be had back: the sync ends there, and the next one takes over. */
  #problem: unknown;
  /** Whether work with turns is under way. */
  #isOpen = false;
  /** Turns that are under way and do not wait. */
  #busy = 0;
  readonly #starts = new Set<Start>();
  readonly #lost = new Map<string, TextInForce | undefined>();
  #isOther = false;

  constructor(context: Context, inventory: Inventory) {
    this.#context = context;
    this.#held = context.held;
    this.#begun = inventory;
    this.#present = inventory;
  }

  /** Notes what the apply has begun. */
  begin(inventory: Inventory, changes: readonly Change[]): void {
    this.#begun = inventory;
    this.#present = inventory;
    this.#changes = changes;
  }

  /** What is there once the apply has ended, with the moments at which it has asked for starts. */
  result(starts: ReadonlyMap<string, number>): HandOverResult {
    const lost = new Map(this.#lost);
    const gone = this.#changes.filter(({ instance }) => lost.has(instance));
    const own = new Map(
      [...starts].filter(([service]) => !gone.some((change) => change.service === service)),
    );
    return { begun: withStarts(this.#present, own), starts: own, lost, isOther: this.#isOther };
  }

  readonly during = async <T>(work: () => Promise<T>): Promise<T> => {
    if (this.#held === undefined) return work();
    this.#isOpen = true;
    const result = work();
    const end = ended(result).then(() => {
      this.#isOpen = false;
    });
    for (let pauseMs = PATIENCE_MS; this.#isOpen; pauseMs = Math.min(pauseMs * 1.5, LONGEST_LOOK_MS)) {
      await Promise.race([this.#context.host.clock.sleep(pauseMs), end]);
      // What cannot be seen now may be at the next look; until then the lock stays where it is.
      if (this.#isOpen) await ended(this.#look(this.#held));
    }
    await this.#takeBack(this.#held);
    return result;
  };

  readonly turn = async <T>(instance: string, work: () => Promise<T>): Promise<T> => {
    this.#busy += 1;
    try {
      await this.#takeBack();
      if (this.#lost.has(instance)) throw new TakenOver(instance);
      return await work();
    } finally {
      this.#busy -= 1;
    }
  };

  readonly wait: Turns["wait"] = async ({ instance, service }, end) => {
    let giveUp: () => void = () => undefined;
    const lost = new Promise<void>((resolve) => {
      giveUp = resolve;
    });
    const start: Start = { instance, service, giveUp };
    this.#starts.add(start);
    this.#busy -= 1;
    await Promise.race([ended(end), lost]);
    this.#starts.delete(start);
    this.#busy += 1;
    if (this.#isOpen) await this.#takeBack();
    if (this.#lost.has(instance)) throw new TakenOver(instance);
    return end;
  };

  async #look(held: HeldLock): Promise<void> {
    if (!this.#isHeld) return this.#compare();
    if (!(await this.#onlyWaits())) return;
    // To be compared with what is read later.
    const begun = await this.#context.state.readInventory();
    if (this.#busy > 0) return;
    this.#begun = begun;
    this.#present = begun;
    this.#handing = held.handOver().then(() => {
      this.#isHeld = false;
    });
    await this.#handing;
  }

  /** Whether systemd has taken every start that the apply waits for. */
  async #onlyWaits(): Promise<boolean> {
    if (this.#busy > 0 || this.#starts.size === 0) return false;
    const services = [...this.#starts].map(({ service }) => service);
    const states = await this.#context.host.systemd.services(services);
    return services.every((service) => states.get(service)?.job === true);
  }

  /** Before something changes: nothing is concluded without the lock. */
  async #takeBack(held = this.#held): Promise<void> {
    if (this.#problem !== undefined) throw this.#problem;
    await ended(this.#handing);
    const isDone = this.#isHeld && this.#taking === undefined;
    if (isDone || held === undefined) return;
    this.#taking ??= held.take().then(() => {
      this.#isHeld = true;
      return this.#compare();
    });
    try {
      await this.#taking;
    } catch (error) {
      this.#problem = error;
      throw error;
    } finally {
      this.#taking = undefined;
    }
  }

  /** Looks whose the marks are now. A mark says when it was made, and nobody else makes the same. */
  async #compare(): Promise<void> {
    const present = await this.#context.state.readInventory();
    this.#present = present;
    this.#isOther ||= !isDeepStrictEqual(present, this.#begun);
    for (const { unit, instance } of this.#changes) {
      const own = this.#begun.units[unit]?.pending;
      if (this.#lost.has(instance) || isDeepStrictEqual(present.units[unit]?.pending, own)) continue;
      this.#lost.set(instance, this.#begun.texts[instance]);
    }
    for (const start of this.#starts) if (this.#lost.has(start.instance)) start.giveUp();
  }
}

/** Resolves once a promise has ended, well or not. */
function ended(work: Promise<unknown>): Promise<void> {
  return work.then(
    () => undefined,
    () => undefined,
  );
}
