import type { Podman } from "../model/host.ts";

/** podman's lists that nearly every look at a host begins with. */
type Lists = Pick<Podman, "containers" | "networks" | "images">;

/** The same podman, whose first answer to each list was asked for ahead. */
export type Ahead = (podman: Podman) => Podman;

/** What was asked ahead, and of which kind of host. */
export interface Begun {
  readonly rootless: boolean;
  readonly ahead: Ahead;
}

/**
 * Asks for podman's lists at once, while nobody waits for them yet. Each answer, and each failure, is given away once, to
 * whoever asks first; later questions are asked anew.
 */
export function askAhead(podman: Lists): Ahead {
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
  // Whoever asks is told; where nobody does, it was not needed.
  answer.catch(() => undefined);
  return () => {
    const given = left;
    left = undefined;
    return given;
  };
}
