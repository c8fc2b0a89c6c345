import {
  type Earlier,
  type Episode,
  findings,
  isPossible,
  type State,
  stayed,
  targets,
} from "../../property/settling-model.ts";
import { type Stage, TIMING } from "./stage.ts";
import { stretchesOf } from "./trace.ts";

/** What git asked for, and when. */
interface Asked {
  readonly at: number;
  /** undefined: git no longer has the instance. */
  readonly version: string | undefined;
}

/** What the machine let a sync do. */
export interface Allowed {
  /** It could apply what git asks for. */
  readonly canApply: boolean;
  readonly isSuspended: boolean;
  /** It failed half way, so that the next one goes on. */
  readonly isUnfinished: boolean;
}

/** Follows an instance over many syncs, and says what each of them did against the contract. */
export class Monitor {
  readonly asked: Asked[] = [];
  readonly #stage: Stage;
  readonly #instance: string;
  /** The texts that were in force, oldest first, each where it was in force last. */
  #past: Earlier[] = [];
  #episode: Episode | undefined;
  #seen = 0;
  /** When the last text went back to nothing. */
  #goneAt = -1;
  /** Texts that ended once and stayed, for want of another: they may be gone back to, or not. */
  readonly #stayed = new Set<string>();

  constructor(stage: Stage, instance: string) {
    this.#stage = stage;
    this.#instance = instance;
  }

  ask(version: string | undefined): void {
    this.asked.push({ at: this.#stage.world.clock.steady, version });
  }

  /** Looks after a sync that began at a time. Gives what is wrong. */
  async look(began: number, { canApply, isSuspended, isUnfinished }: Allowed): Promise<readonly string[]> {
    const before = this.#seen;
    this.#looks(began);
    const problems = this.#follow();
    if (isSuspended && this.#seen > before) problems.push("its text changes while it is suspended");
    const { texts } = await this.#stage.inventory();
    const now = this.#stage.world.clock.steady;
    const file = this.#stage.inForce(this.#instance);
    this.#looks(began);
    const episode = this.#episode;
    if (file === undefined) return [...problems, ...this.#goneProblems(now)];
    if (episode === undefined || file !== episode.version) return problems;
    const atBegin = findings(TIMING, episode, began);
    const atEnd = findings(TIMING, episode, now);
    const state = texts[this.#instance]?.state;
    const head = this.asked.at(-1)?.version;
    const isOld = episode.at < began;
    const isRight =
      state === undefined ||
      isUnfinished ||
      isPossible(state, { early: atEnd.early, late: atBegin.late }) ||
      countsAnew(state, episode, atEnd.early.endedAt, now);
    if (!isRight) problems.push(`${file} is ${state}, not ${atBegin.late.state} to ${atEnd.early.state}`);
    else if (state !== undefined)
      this.#episode = { ...episode, recorded: [...episode.recorded, { at: now, state }] };
    // What ended a moment ago may not have left a note yet.
    const sure = findings(TIMING, episode, began - 1_000);
    const hasEnded = sure.early.hasEnded && sure.late.hasEnded;
    if (isOld && hasEnded && !isSuspended)
      problems.push(...this.#stay(episode, atBegin, canApply ? head : undefined));
    if (
      canApply &&
      head !== undefined &&
      head !== file &&
      !atBegin.early.hasEnded &&
      !atBegin.late.hasEnded &&
      !this.#mayHaveFailed(head)
    )
      problems.push(`${head} is not applied; ${file} is in force`);
    return problems;
  }

  #looks(began: number): void {
    if (this.#episode !== undefined && !this.#episode.looks.includes(began))
      this.#episode = { ...this.#episode, looks: [...this.#episode.looks, began] };
  }

  /** It is still in force although it has ended: is that right? Then it counts anew. */
  #stay(
    episode: Episode,
    { early, late }: ReturnType<typeof findings>,
    head: string | undefined,
  ): readonly string[] {
    const { version } = episode;
    this.#stayed.add(version);
    // Between the two readings, what quadgate has recorded decides.
    const known = this.#episode?.recorded.at(-1)?.state ?? late.state;
    if (this.#episode !== undefined && late.endedAt !== undefined)
      this.#episode = stayed(this.#episode, known, late.endedAt);
    if (this.#hasTarget(episode, head)) return [`${version} stays in force although it ended`];
    const isFirst = early.state === "fresh" && this.#past.length === 0;
    return isFirst ? [`${version}, a first deployment, stays although it ended`] : [];
  }

  #mayHaveFailed(version: string): boolean {
    return this.#past.some((one) => one.version === version && one.hasFailed !== "no");
  }

  #hasTarget(episode: Episode, head: string | undefined): boolean {
    if (head !== undefined && head !== episode.version && !this.#mayHaveFailed(head)) return true;
    return targets(this.#past, episode).must;
  }

  /** Takes in what has happened since the last look: other texts that came into force, and why. */
  #follow(): string[] {
    const problems: string[] = [];
    const stretches = stretchesOf(this.#stage.world, `${this.#instance}.service`, this.#stage.acts);
    for (const [index, stretch] of stretches.entries()) {
      if (index < this.#seen - 1) continue;
      const isGone = this.#episode === undefined && !stretch.facts.some(({ at }) => at > this.#goneAt);
      if (index === this.#seen - 1 && isGone) continue;
      if (index === this.#seen - 1 && this.#episode !== undefined) {
        const { ignoresUntil = 0 } = this.#episode;
        const facts = stretch.facts.filter(({ at }) => at > ignoresUntil);
        this.#episode = { ...this.#episode, facts };
        continue;
      }
      problems.push(...this.#replace(stretch.version, stretch.at));
      const known = this.#past.find(({ version }) => version === stretch.version);
      const isBack = !this.#isAsked(stretch.version, stretch.at);
      this.#episode = {
        ...stretch,
        from: isBack ? (known?.late ?? "fresh") : "fresh",
        ...(isBack && known !== undefined ? { atMost: known.early } : {}),
        isBack,
        recorded: [],
        looks: [],
      };
    }
    this.#seen = stretches.length;
    return problems;
  }

  #isAsked(version: string, at: number): boolean {
    const before = this.asked.filter((one) => one.at <= at);
    // A sync may still work on the commit before.
    return before.slice(-2).some((one) => one.version === version) && before.at(-1)?.version === version;
  }

  /** Another text comes into force: because git asks for it, or because this one has ended. */
  #replace(version: string, at: number): readonly string[] {
    const old = this.#episode;
    if (old === undefined) return [];
    const { early, late } = findings(TIMING, old, at);
    // What ends in the moment of its replacement may go unnoticed.
    const sure = findings(TIMING, old, at - 1_000);
    const before = this.#past.find((one) => one.version === version);
    const { may } = targets(this.#past, old);
    const hasStayed = this.#stayed.has(old.version) || (may.length === 0 && early.state !== "fresh");
    const hasEnded =
      sure.early.hasEnded && sure.late.hasEnded && !hasStayed
        ? "yes"
        : early.hasEnded || late.hasEnded
          ? "maybe"
          : "no";
    this.#past = [
      ...this.#past.filter((one) => one.version !== old.version),
      {
        version: old.version,
        early: earlierOf(early.state, old),
        late: late.state,
        until: at,
        hasFailed:
          this.#past.find((one) => one.version === old.version)?.hasFailed === "yes" ? "yes" : hasEnded,
      },
    ];
    if (this.#isAsked(version, at)) {
      const isFreed = this.asked.some((one) => one.version !== version && one.at >= (before?.until ?? 0));
      return before?.hasFailed === "yes" && !isFreed ? [`${version} is tried again although it failed`] : [];
    }
    if (hasEnded === "no") return [`${old.version} is replaced by ${version} although it is well`];
    return may.includes(version) ? [] : [`${version} follows ${old.version}, not one of ${may.join(", ")}`];
  }

  /** A first deployment that ends while it is fresh goes back to nothing. */
  #goneProblems(now: number): readonly string[] {
    const old = this.#episode;
    if (old === undefined || this.asked.at(-1)?.version === undefined) return [];
    const { early, late } = findings(TIMING, old, now);
    this.#episode = undefined;
    this.#goneAt = now;
    this.#past = [
      ...this.#past.filter(({ version }) => version !== old.version),
      { version: old.version, early: early.state, late: late.state, until: now, hasFailed: "yes" },
    ];
    if (!early.hasEnded && !late.hasEnded) return [`${old.version} is gone although it is well`];
    if (late.state !== "fresh") return [`${old.version} is gone although it had settled`];
    return targets(this.#past, old).must ? [`${old.version} is gone, and nothing was put back`] : [];
  }
}

/** Whether a text that has ended, and for which nothing can be put back, may have come that far since. */
function countsAnew(state: State, episode: Episode, endedAt: number | undefined, now: number): boolean {
  if (endedAt === undefined) return false;
  const { early, late } = findings(TIMING, stayed(episode, episode.from, endedAt), now);
  return isPossible(state, { early, late: { ...late, state: "fresh" } });
}

function earlierOf(state: State, { from }: Episode): State {
  const order: readonly State[] = ["fresh", "settled", "good"];
  return order.indexOf(state) > order.indexOf(from) ? state : from;
}
