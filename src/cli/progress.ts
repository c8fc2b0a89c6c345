import type { Emit, SyncEvent } from "../model/event.ts";
import type { Outcome } from "../model/plan.ts";
import type { Terminal } from "./terminal.ts";
import { duration } from "./text/phrases.ts";

export interface Progress {
  readonly emit: Emit;
  /** Clears the spinner before the result or a question is printed. */
  stop(): void;
}

const STEP_TEXT = {
  source: "reading the repository",
  manifest: "reading manifests",
  render: "rendering units",
  route: "rendering routes",
  check: "checking units with podman's generator",
  observe: "looking at the host",
  plan: "planning",
  gate: "asking for the host's health",
  apply: "applying",
  verify: "waiting until the services are ready",
  validate: "checking the service",
  record: "recording",
  document: "writing documentation",
} as const;

/**
 * Shows events on stderr: a spinner on a terminal, elsewhere a line for each outcome, with --quiet nothing.
 */
export async function createProgress(terminal: Terminal): Promise<Progress> {
  if (terminal.quiet) return { emit: () => undefined, stop: () => undefined };
  if (!terminal.animated) return { emit: (event) => lines(terminal, event), stop: () => undefined };
  const { default: ora } = await import("ora");
  const spinner = ora({ stream: process.stderr, discardStdin: false, indent: 0 });
  return {
    stop: () => void spinner.stop(),
    emit: (event) => {
      if (event.type === "step-started") spinner.start(STEP_TEXT[event.step]);
      else if (event.type === "waiting")
        spinner.text = event.message.slice(0, Math.max(20, terminal.width - 4));
      else if (
        event.type === "unit-finished" ||
        event.type === "warning" ||
        event.type === "journal" ||
        event.type === "looked"
      ) {
        spinner.stop();
        lines(terminal, event);
        spinner.start();
      } else if (event.type === "recorded") spinner.stop();
    },
  };
}

function lines(terminal: Terminal, event: SyncEvent): void {
  if (event.type === "unit-finished") terminal.note(outcomeLine(terminal, event.outcome));
  else if (event.type === "journal")
    terminal.note(terminal.colours.dim(event.lines.map((line) => `    ${line}`).join("\n")));
  else if (event.type === "warning") terminal.note(`${terminal.colours.yellow("warning:")} ${event.message}`);
  else if (event.type === "looked")
    terminal.note(
      `${event.message}; looking again in ${duration(event.waitMs)} (look ${event.look} of ${event.of})`,
    );
  else if (event.type === "step-finished" && terminal.verbose)
    terminal.note(terminal.colours.dim(`${event.step} ${duration(event.durationMs)}`));
}

/** `✓ created redis.container 1.2 s` */
export function outcomeLine({ colours }: Terminal, outcome: Outcome): string {
  const bad = outcome.outcome === "failed" || outcome.outcome === "skipped";
  const mark = bad ? colours.red("✗") : colours.green("✓");
  const time = outcome.durationMs > 0 ? ` ${colours.dim(duration(outcome.durationMs))}` : "";
  const message =
    outcome.message === undefined ? "" : `\n    ${outcome.message.trim().replaceAll("\n", "\n    ")}`;
  return `${mark} ${outcome.outcome} ${outcome.unit}${time}${message}`;
}
