import type { Band } from "../model/health.ts";
import { type Reason, touchedInstances } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { GateInput } from "./input.ts";

/** Scores from `block` to `confirm`, both inclusive, are the confirm band. */
export interface Limits {
  readonly block: number;
  readonly confirm: number;
}

/** The band of a score. A score that is not a number (NaN) is in the block band. */
export function bandOf(score: number, limits: Limits): Band {
  if (score > limits.confirm) return "proceed";
  return score >= limits.block ? "confirm" : "block";
}

/**
 * The limits for this plan: the strictest of those in the settings and of those of the instances that the
 * plan touches. `raisedBy` names the instances with stricter limits than the settings. quadgate ignores a
 * looser limit of an instance and returns a reason for it.
 */
export function limitsOf(
  input: GateInput,
): Limits & { readonly raisedBy: readonly string[]; readonly ignored: readonly Reason[] } {
  const { settings, instanceGates, plan } = input;
  const ignored: Reason[] = [];
  const raisedBy: string[] = [];
  let { block, confirm } = settings;
  for (const instance of touchedInstances(plan)) {
    const gate = instanceGates.get(instance);
    ignored.push(...looser(instance, "block", gate?.block, settings.block));
    ignored.push(...looser(instance, "confirm", gate?.confirm, settings.confirm));
    if ((gate?.block ?? 0) > settings.block || (gate?.confirm ?? 0) > settings.confirm)
      raisedBy.push(instance);
    block = Math.max(block, gate?.block ?? block);
    confirm = Math.max(confirm, gate?.confirm ?? confirm);
  }
  return { block, confirm: Math.max(block, confirm), raisedBy, ignored };
}

function looser(instance: string, key: string, asked: number | undefined, least: number): readonly Reason[] {
  if (asked === undefined || asked >= least) return [];
  const message = `${instance}: gate.${key} ${asked} is looser than the settings' ${least} and is ignored`;
  return [reason("gate-looser-ignored", message)];
}
