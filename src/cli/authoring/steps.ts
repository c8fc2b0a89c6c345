import type { Emit, Step, SyncEvent } from "../../model/event.ts";
import type { Progress } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { duration } from "../text/words.ts";

interface Row {
  readonly title: string;
  /** The steps of the path that it stands for; it is over when the last of them is. */
  readonly steps: readonly Step[];
}

/** The deployment workflow, step by step, mapped onto the path that every sync takes. */
const ROWS: readonly Row[] = [
  { title: "load the pattern", steps: ["source"] },
  { title: "validate it and its parameters", steps: ["manifest"] },
  { title: "ask for the host's health", steps: ["gate"] },
  { title: "generate Quadlets", steps: ["render"] },
  { title: "generate the Traefik route", steps: ["route"] },
  { title: "check prerequisites", steps: ["observe", "plan"] },
  { title: "validate the Quadlets", steps: ["check"] },
  { title: "deploy", steps: ["apply"] },
  { title: "verify", steps: ["verify"] },
  { title: "write documentation", steps: ["record", "document"] },
  { title: "print the checklist", steps: [] },
];

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
 * Follows a deployment by its events and prints each of the workflow's steps when it and all before it are over. The
 * path asks for the host's health only once it knows that there is something to apply, so the numbers are not the order.
 */
export class DeploySteps {
  readonly #terminal: Terminal;
  readonly #progress: Progress;
  readonly #now: () => number;
  readonly #spent = ROWS.map(() => 0);
  readonly #over = new Set<number>();
  readonly #details = new Map<number, string>();
  /** Rows of the path's steps that have begun and not ended, outermost first; -1 for a step that is no row's. */
  readonly #open: number[] = [];
  #failed: number | undefined;
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

  /** Does a part of a step outside of the path. */
  async during<T>(number: number, work: () => T | Promise<T>): Promise<T> {
    const began = this.#now();
    this.#open.push(number - 1);
    const result = await work();
    this.#open.pop();
    this.#spent[number - 1] = (this.#spent[number - 1] ?? 0) + this.#now() - began;
    return result;
  }

  /** A word on what a step had to do with, shown beside it. */
  detail(number: number, text: string): void {
    this.#details.set(number - 1, text);
  }

  /** Says which step failed; without a number, the one that was under way. */
  fail(number?: number): void {
    this.#failed ??= number === undefined ? Math.max(0, this.#open[0] ?? 0) : number - 1;
  }

  /** Prints what is left: the steps that did not come, or the failed one. */
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
      // What came after a failure was the way back.
      const over = this.#over.has(index) && index < (this.#failed ?? ROWS.length);
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
    if (event.type === "unit-finished" && /^(failed|skipped)$/.test(event.outcome.outcome)) this.fail();
    if (event.type === "step-started") {
      this.#open.push(ROWS.findIndex(({ steps }) => steps.includes(event.step)));
    } else if (event.type === "step-finished") {
      const index = this.#open.pop() ?? -1;
      // A step within another (verifying looks at the host again) is part of that one.
      if (this.#open.length > 0 || index < 0) return;
      this.#spent[index] = (this.#spent[index] ?? 0) + event.durationMs;
      if (ROWS[index]?.steps.at(-1) === event.step) this.#over.add(index);
    }
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
    const mark = { done: colours.green("✓"), failed: colours.red("✗"), "not-reached": colours.dim("·") }[
      status
    ];
    const time = status === "not-reached" ? "" : duration(durationMs);
    const text = `${mark} ${String(number).padStart(2)} ${title.padEnd(TITLE_WIDTH)} ${time.padStart(8)}`;
    this.#progress.stop();
    this.#terminal.note(
      `${text}  ${colours.dim(status === "not-reached" ? "not reached" : detail)}`.trimEnd(),
    );
  }
}
