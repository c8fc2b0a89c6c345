import type { Emit, SyncEvent } from "../model/event.ts";
import { isBad, type Outcome } from "../model/plan.ts";
import type { Terminal } from "./terminal.ts";
import { createImageLine } from "./text/images.ts";
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
  pull: "bringing images",
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
  const images = createImageLine();
  const spinner = ora({ stream: process.stderr, discardStdin: false, indent: 0 });
  return {
    stop: () => void spinner.stop(),
    emit: (event) => {
      const waiting = event.type === "waiting" ? event.message : images(event);
      if (event.type === "step-started") spinner.start(STEP_TEXT[event.step]);
      else if (waiting !== undefined) spinner.text = waiting.slice(0, Math.max(20, terminal.width - 4));
      else if (
        event.type === "unit-finished" ||
        event.type === "warning" ||
        event.type === "journal" ||
        event.type === "looked" ||
        event.type === "image-finished"
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
  else if (event.type === "image-finished") terminal.note(imageLine(terminal, event));
  else if (event.type === "looked")
    terminal.note(
      `${event.message}; looking again in ${duration(event.waitMs)} (look ${event.look} of ${event.of})`,
    );
  else if (event.type === "step-finished" && terminal.verbose)
    terminal.note(terminal.colours.dim(`${event.step} ${duration(event.durationMs)}`));
}

/** `✓ pulled docker.io/library/redis:7 12 s` */
function imageLine({ colours }: Terminal, event: Extract<SyncEvent, { type: "image-finished" }>): string {
  const { image, how, durationMs, problem } = event;
  const time = colours.dim(duration(durationMs));
  if (problem === undefined)
    return `${colours.green("✓")} ${how === "build" ? "built" : "pulled"} ${image} ${time}`;
  return `${colours.red("✗")} cannot ${how} ${image} ${time}\n    ${problem}`;
}

/** `✓ created redis.container 1.2 s` */
export function outcomeLine({ colours }: Terminal, outcome: Outcome): string {
  const bad = isBad(outcome);
  const mark = bad ? colours.red("✗") : colours.green("✓");
  const time = outcome.durationMs > 0 ? ` ${colours.dim(duration(outcome.durationMs))}` : "";
  const message =
    outcome.message === undefined ? "" : `\n    ${outcome.message.trim().replaceAll("\n", "\n    ")}`;
  return `${mark} ${outcome.outcome} ${outcome.unit}${time}${message}`;
}
