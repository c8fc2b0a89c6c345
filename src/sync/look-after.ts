import { QuadgateError } from "../model/errors.ts";
import type { Clock } from "../model/host.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Context } from "../planning/context.ts";
import { type FactsOf, generationFacts } from "./in-force-facts.ts";
import { judgeInForce } from "./judge-texts.ts";
import { whileLocked } from "./lock.ts";
import type { PutBackResult } from "./put-back.ts";
import { putBackAndWrite, type TendedTexts, tendTexts } from "./tend.ts";

/** Something that became of the text of an instance. */
export interface TextNews {
  readonly instance: string;
  /** `ended`: it is due to be put back, or stays because there is nothing to go back to. */
  readonly kind: "settled" | "good" | "ended" | "put-back" | "stuck";
  /** The revision of the text that it is about; of the one in force if something was put back. */
  readonly revision: string | null;
  readonly message?: string;
}

/** Looks once at the texts that are not good yet. Returns what became of them. */
export type LookAfter = (signal?: AbortSignal) => Promise<readonly TextNews[]>;

/**
 * Makes what the daemon does between two syncs: it judges the texts that are not good yet, and puts back
 * what has ended, at once and whatever git asks for, because it needs neither git nor the gate. Takes the
 * lock only to write and to put back; if a sync has it, that sync judges. What cannot be put back is tried
 * again later and later.
 */
export function createLookAfter(context: Context): LookAfter {
  const { state, host } = context;
  const retries = new Retries(host.clock);
  let glanceOf = glanceFacts(context, null);
  return async (signal) => {
    const found = await state.readInventory();
    if (!hasOpen(found)) return [];
    if (glanceOf.generation !== found.generation) glanceOf = glanceFacts(context, found.generation);
    try {
      const { inventory, hooksDue } = await judgeInForce(context, found, glanceOf.factsOf);
      const isSame = JSON.stringify(inventory) === JSON.stringify(found);
      if (isSame && hooksDue.length === 0 && !found.due.some(retries.isTime)) return [];
      return await whileLocked(context, { lockWaitMs: 0 }, () => tendAndPutBack(context, retries, signal));
    } catch (error) {
      glanceOf = glanceFacts(context, null);
      if (error instanceof QuadgateError && error.reason === "locked") return [];
      throw error;
    }
  };
}

/** What the units of one generation mean, which podman's generator need not be asked at each look. */
function glanceFacts(
  context: Context,
  generation: string | null,
): { readonly generation: string | null; readonly factsOf: FactsOf } {
  return { generation, factsOf: generationFacts(context) };
}

/** Whether there is a text that is not good yet, or that has yet to be put back. */
function hasOpen({ texts, due }: Inventory): boolean {
  return due.length > 0 || Object.values(texts).some(({ state, back }) => state !== "good" || back);
}

async function tendAndPutBack(
  context: Context,
  retries: Retries,
  signal: AbortSignal | undefined,
): Promise<readonly TextNews[]> {
  const before = await context.state.readInventory();
  const tended = await tendTexts(context, before, { signal });
  const after = await putBackAndWrite(context, tended.inventory, retries.isTime);
  retries.note(after.stuck.keys(), after.inventory.due);
  return newsOf(before, tended, after);
}

function newsOf(before: Inventory, tended: TendedTexts, after: PutBackResult): readonly TextNews[] {
  const { texts, failed, due } = tended.inventory;
  const states = Object.entries(texts).flatMap(([instance, { state, revision }]): readonly TextNews[] => {
    const known = before.texts[instance];
    const isNew = known !== undefined && known.state !== state && state !== "fresh";
    return isNew ? [{ instance, kind: state, revision }] : [];
  });
  const ended = due.flatMap((instance): readonly TextNews[] => {
    const { message, revision = null } = failed[instance] ?? {};
    if (before.due.includes(instance) || message === undefined) return [];
    return [{ instance, kind: "ended", revision, message }];
  });
  const stays = [...tended.results].flatMap(([instance, { verdict, text }]): readonly TextNews[] => {
    if (verdict.kind !== "ended" || due.includes(instance) || text.state === "good") return [];
    const message = `${verdict.service}: ${verdict.message}; there is nothing to go back to`;
    return [{ instance, kind: "ended", revision: text.revision, message }];
  });
  const back = [...after.back].map((instance): TextNews => {
    const revision = after.inventory.texts[instance]?.revision ?? null;
    return { instance, kind: "put-back", revision };
  });
  const stuck = [...after.stuck].map(([instance, message]): TextNews => {
    return { instance, kind: "stuck", revision: failed[instance]?.revision ?? null, message };
  });
  return [...states, ...ended, ...stays, ...back, ...stuck];
}

const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 300_000;

/** When to try again to put back what could not be put back. The delay doubles with every failure. */
class Retries {
  readonly #clock: Pick<Clock, "ticks">;
  readonly #stuck = new Map<string, { readonly delayMs: number; readonly atMs: number }>();

  constructor(clock: Pick<Clock, "ticks">) {
    this.#clock = clock;
  }

  readonly isTime = (instance: string): boolean =>
    this.#clock.ticks() >= (this.#stuck.get(instance)?.atMs ?? 0);

  /** Notes what could not be put back, and forgets what is not due any more. */
  note(stuck: Iterable<string>, due: readonly string[]): void {
    for (const name of stuck) {
      const before = this.#stuck.get(name)?.delayMs;
      const delayMs = before === undefined ? FIRST_RETRY_MS : Math.min(2 * before, LONGEST_RETRY_MS);
      this.#stuck.set(name, { delayMs, atMs: this.#clock.ticks() + delayMs });
    }
    for (const name of [...this.#stuck.keys()]) if (!due.includes(name)) this.#stuck.delete(name);
  }
}
