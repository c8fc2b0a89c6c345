import type { Podman } from "../model/host.ts";

/** podman's lists, which nearly every look at a host begins with. */
type Lists = Pick<Podman, "containers" | "networks" | "images">;

/** Turns a podman into one whose first answer to each list was requested ahead. */
export type EarlyPodman = (podman: Podman) => Podman;

/** What was requested ahead, and for which kind of host. */
export interface EarlyStart {
  readonly rootless: boolean;
  readonly ahead: EarlyPodman;
}

/**
 * Requests podman's lists before anything waits for them. The first caller gets each answer or failure; later
 * calls ask podman again.
 */
export function askAhead(podman: Lists): EarlyPodman {
  const containers = once(podman.containers());
  const networks = once(podman.networks());
  const images = once(podman.images());
  return (later) => ({
    ...later,
    containers: (expected) => containers() ?? later.containers(expected),
    networks: () => networks() ?? later.networks(),
    images: () => images() ?? later.images(),
  });
}

function once<T>(answer: Promise<T>): () => Promise<T> | undefined {
  let left: Promise<T> | undefined = answer;
  // A caller gets the failure. Without a caller, the answer was not needed.
  answer.catch(() => undefined);
  return () => {
    const given = left;
    left = undefined;
    return given;
  };
}
