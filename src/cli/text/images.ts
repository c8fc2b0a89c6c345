import type { SyncEvent } from "../../model/event.ts";
import { describeProgress } from "../../model/image-need.ts";

/**
 * Follows the images that podman brings. Returns what to show after an event, in the order in which they
 * began: `pulling docker.io/library/redis:7 (4 layers, 31 MB)`. Undefined for all other events.
 */
export function createImageLine(): (event: SyncEvent) => string | undefined {
  const running = new Map<string, string>();
  return (event) => {
    if (event.type === "image-finished") running.delete(event.image);
    else if (event.type === "image-started") running.set(event.image, wordsFor(event.how, event.image));
    else if (event.type === "image-progress") {
      const { how, image, progress } = event;
      running.set(image, `${wordsFor(how, image)} (${describeProgress(progress)})`);
    } else return undefined;
    return event.type === "image-finished" ? undefined : [...running.values()].join(", ");
  };
}

function wordsFor(how: string, image: string): string {
  return `${how === "build" ? "building" : "pulling"} ${image}`;
}
