import type { CheckCounts } from "../../model/check.ts";
import type { Emit, Step, SyncEvent } from "../../model/event.ts";
import { isBad, isEmptyPlan, type Outcome, type Verdict } from "../../model/plan.ts";
import type { Progress } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { checksSummary } from "../text/checks.ts";
import { count, duration } from "../text/phrases.ts";

interface Row {
  readonly title: string;
  /** The steps of the path that the row covers. The row is over when the last of them is. */
  readonly steps: readonly Step[];
}

/** The steps of a deployment, mapped onto the path that every sync takes. */
const ROWS: readonly Row[] = [
  { title: "load the pattern", steps: ["source"] },
  { title: "validate it and its parameters", steps: ["manifest"] },
  { title: "ask for the host's health", steps: ["gate"] },
  { title: "generate Quadlets", steps: ["render"] },
  { title: "generate the Traefik route", steps: ["route"] },
  { title: "check prerequisites", steps: ["observe", "plan"] },
  { title: "validate the Quadlets", steps: ["check"] },
  { title: "deploy", steps: ["pull", "apply"] },
  { title: "verify", steps: ["verify", "validate"] },
  { title: "write documentation", steps: ["record", "document"] },
  { title: "print the checklist", steps: [] },
];

const VERIFY = ROWS.findIndex(({ steps }) => steps.includes("validate"));
const GATE = ROWS.findIndex(({ steps }) => steps.includes("gate"));
export const STEP_COUNT = ROWS.length;
const TITLE_WIDTH = Math.max(...ROWS.map(({ title }) => title.length));

export interface DeployStep {
  readonly number: number;
  readonly title: string;
  readonly status: "done" | "failed" | "not-reached";
  readonly durationMs: number;
  readonly detail?: string;
}

/**
 * Follows a deployment by its events. Prints each step when that step and all before it are over. The path
 * asks for the host's health only once it knows that there is something to apply, so the steps do not end in
 * their order.
 */
export class DeploySteps {
  readonly #terminal: Terminal;
  readonly #progress: Progress;
  readonly #now: () => number;
  readonly #spent = ROWS.map(() => 0);
  readonly #over = new Set<number>();
  /** Steps that are done, but found something wrong. */
  readonly #doubtful = new Set<number>();
  readonly #details = new Map<number, string>();
  /** Rows of the path's steps that have begun and not ended, outermost first; -1 for a step of no row. */
  readonly #open: number[] = [];
  #failed: number | undefined;
  #finished = 0;
  #printed = 0;

  constructor(terminal: Terminal, progress: Progress, now: () => number) {
    this.#terminal = terminal;
    this.#progress = progress;
    this.#now = now;
  }

  readonly emit: Emit = (event) => {
    this.#progress.emit(event);
    this.#follow(event);
    if (event.type === "step-finished") this.#print();
  };

  /** Does a part of a step outside the path. */
  async during<T>(number: number, work: () => T | Promise<T>): Promise<T> {
    const began = this.#now();
    this.#open.push(number - 1);
    const result = await work();
    this.#open.pop();
    this.#spent[number - 1] = (this.#spent[number - 1] ?? 0) + this.#now() - began;
    return result;
  }

  /** Sets the remark that is shown next to a step. */
  detail(number: number, text: string): void {
    this.#details.set(number - 1, text);
  }

  /** Marks the step that is under way as failed. */
  fail(): void {
    this.#failed ??= Math.max(0, this.#open[0] ?? 0);
  }

  /** Marks a step that was over as failed after all, so that the steps after it no longer count. */
  failAfterwards(number: number): void {
    if (this.#failed !== undefined) return;
    this.#failed = number - 1;
    for (const index of this.#over) if (index >= this.#failed) this.#over.delete(index);
  }

  /** Prints what is left: the failed step, and those that were not reached. */
  end(): readonly DeployStep[] {
    if (this.#failed === undefined) for (const index of ROWS.keys()) this.#over.add(index);
    this.#print();
    if (this.#failed !== undefined) for (const step of this.results().slice(this.#printed)) this.#line(step);
    this.#printed = ROWS.length;
    return this.results();
  }

  get failed(): DeployStep | undefined {
    return this.#failed === undefined ? undefined : this.results()[this.#failed];
  }

  results(): readonly DeployStep[] {
    return ROWS.map(({ title }, index) => {
      const detail = this.#details.get(index);
      const over = this.#over.has(index);
      return {
        number: index + 1,
        title,
        status: index === this.#failed ? "failed" : over ? "done" : "not-reached",
        durationMs: this.#spent[index] ?? 0,
        ...(detail === undefined ? {} : { detail }),
      };
    });
  }

  #follow(event: SyncEvent): void {
    if (event.type === "judged") this.#judge(event.verdict);
    if (event.type === "planned" && isEmptyPlan(event.plan)) this.detail(8, "nothing to change");
    if (event.type === "unit-finished") this.#countUnit(event.outcome);
    if (event.type === "checked") this.#countChecks(event.counts);
    if (event.type === "step-started") {
      this.#open.push(ROWS.findIndex(({ steps }) => steps.includes(event.step)));
    } else if (event.type === "step-finished") {
      const index = this.#open.pop() ?? -1;
      // A step within another belongs to the outer one: verifying looks at the host again.
      if (this.#open.length > 0 || index < 0) return;
      this.#spent[index] = (this.#spent[index] ?? 0) + event.durationMs;
      // After a failure come the steps that put things back.
      if (this.#failed === undefined && ROWS[index]?.steps.at(-1) === event.step) this.#over.add(index);
    }
  }

  #countUnit(outcome: Outcome): void {
    if (isBad(outcome)) this.fail();
    if (this.#failed !== undefined) return;
    this.#finished += 1;
    this.detail(8, count(this.#finished, "unit"));
  }

  #judge({ state, score }: Verdict): void {
    if (score !== null) this.detail(3, `score ${score}`);
    else if (state === "open") this.detail(3, "not needed: nothing to apply");
    if (state !== "open") this.#failed ??= GATE;
  }

  #countChecks(counts: CheckCounts): void {
    this.detail(VERIFY + 1, checksSummary(counts));
    if (counts.failed > 0) this.#doubtful.add(VERIFY);
  }

  #print(): void {
    while (this.#over.has(this.#printed) && this.#printed !== this.#failed) {
      const step = this.results()[this.#printed];
      if (step) this.#line(step);
      this.#printed += 1;
    }
  }

  #line({ number, title, status, durationMs, detail = "" }: DeployStep): void {
    const { colours } = this.#terminal;
    const done = this.#doubtful.has(number - 1) ? colours.yellow("⚠") : colours.green("✓");
    const mark = { done, failed: colours.red("✗"), "not-reached": colours.dim("·") }[status];
    const time = status === "not-reached" ? "" : duration(durationMs);
    const text = `${mark} ${String(number).padStart(2)} ${title.padEnd(TITLE_WIDTH)} ${time.padStart(8)}`;
    this.#progress.stop();
    const more = status === "not-reached" ? "not reached" : detail;
    this.#terminal.note(more === "" ? text : `${text}  ${colours.dim(more)}`);
  }
}
