import type { Change, Outcome } from "../model/plan.ts";
import { success } from "./context.ts";
import { TakenOver } from "./turns.ts";

/** The outcome of work on a change; of one that another sync has taken over, what this one did. */
export async function orTakenOver(change: Change, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TakenOver)) throw error;
    return { ...success(change, 0), message: "another sync has taken it over" };
  }
}
