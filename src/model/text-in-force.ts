import type { Moment } from "./evidence.ts";
import type { Proving } from "./proving.ts";

/**
 * How far the text in force of an instance has proved itself: `fresh` until `verify.stable` has passed
 * after a good start, `settled` until `verify.probation` has passed, then `good`.
 */
export type TextState = "fresh" | "settled" | "good";

/** The run of a service that is judged. */
export interface JudgedRun {
  /** systemd's InvocationID; empty: not known yet. */
  readonly invocation: string;
  /** When quadgate asked systemd for the start, in milliseconds of the boot: nothing before that counts. */
  readonly askedMs?: number;
  /** Milliseconds of the moment's boot from which on it was good; absent: not yet. */
  readonly goodMs?: number;
  /** There is no run: a person stopped the service, or systemd did along with `by`. */
  readonly stopped?: { readonly by?: string };
}

/** What a text is judged by, from the settings and the manifest at the time when it was applied. */
export interface JudgingRules extends Proving {
  /** `verify.timeout`, in milliseconds. */
  readonly timeoutMs: number;
  /** `hooks.afterUpdate`, which has yet to run. Absent: there is none, or it has ended well. */
  readonly afterUpdate?: readonly string[];
}

/** What is known of the text of an instance that is in force. */
export interface TextInForce {
  readonly state: TextState;
  /** ISO 8601: since when it has this state. */
  readonly since: string;
  /** `textDigest` of its units. */
  readonly digest: string;
  /** The digest by which a failed attempt at it is remembered. */
  readonly attempt: string;
  readonly revision: string | null;
  /** By Unit.name, or `playedKey` for a `.kube`: the id of the image that the unit runs. */
  readonly images: Readonly<Record<string, string>>;
  readonly rules: JudgingRules;
  /** It was put back: if it ends too, the last good text follows. */
  readonly back?: true;
  /** Nothing before this moment counts. */
  readonly from: Moment;
  /** Nothing is judged: it is suspended, or somebody is editing its files. The count begins after that. */
  readonly paused?: true;
  /** Only failures after the first good start count: the host or the user's manager has just started. */
  readonly booting?: true;
  /** When it settled, in milliseconds of the boot of `from`; 0 if that was in an earlier boot. */
  readonly settledMs?: number;
  /** By service. */
  readonly runs: Readonly<Record<string, JudgedRun>>;
  /** Services of good instances that restarted for this text. If one ends by itself, this text has ended. */
  readonly restarted?: readonly string[];
  /** `AppliedRevision.number` of the first revision that has it, once it has settled. */
  readonly appliedFrom?: number;
  /** ISO 8601: since when a service is down because a person stopped it. */
  readonly stopped?: string;
}

/** The text in force with some of its units as they were before. It has not been in force as a whole yet. */
export interface PartOfText {
  readonly state: "part";
  readonly digest: string;
}

/** What an instance goes back to; `nothing`: its first deployment goes. */
export type BackTo = KeptText | PartOfText | "nothing";

/** A text of an instance that has settled, and with which set of units it was in force. */
export interface KeptText {
  readonly state: "settled" | "good";
  readonly digest: string;
  readonly attempt: string;
  readonly revision: string | null;
  /** Name of the generation that has its units, and the units that they need. */
  readonly generation: string;
  /** By the same keys: the id of the image that it ran. */
  readonly images: Readonly<Record<string, string>>;
  /** `AppliedRevision.number` of the first revision that has it. Absent: an earlier version applied it. */
  readonly appliedFrom?: number;
}
