import type { Emit } from "../../model/event.ts";
import { describeProgress } from "../../model/image-need.ts";
import type { Logger } from "../log.ts";

const EVERY_MS = 60_000;

/**
 * Logs pulls and builds: their end, and once a minute how far they are. The same error of the same image is
 * one warning, not one at every attempt. `now` gives milliseconds.
 */
export function createImageLog(log: Logger, now: () => number): Emit {
  const lastLine = new Map<string, number>();
  const problems = new Map<string, string>();
  return (event) => {
    if (event.type === "image-started") lastLine.set(event.image, now());
    if (event.type === "image-progress" && now() - (lastLine.get(event.image) ?? 0) >= EVERY_MS) {
      lastLine.set(event.image, now());
      log.info({ image: event.image, progress: describeProgress(event.progress) }, WORDS[event.how].under);
    }
    if (event.type !== "image-finished") return;
    const { image, how, durationMs, problem } = event;
    lastLine.delete(image);
    if (problem === undefined) log.info({ image, durationMs }, WORDS[how].done);
    else
      log[problems.get(image) === problem ? "debug" : "warn"]({ image, error: problem }, WORDS[how].failed);
    if (problem === undefined) problems.delete(image);
    else problems.set(image, problem);
  };
}

const WORDS = {
  pull: { under: "pulling image", done: "image pulled", failed: "cannot pull image" },
  build: { under: "building image", done: "image built", failed: "cannot build image" },
  none: { under: "looking for image", done: "image found", failed: "cannot find image" },
} as const;
