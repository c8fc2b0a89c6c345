import { isPinned } from "../lib/image-reference.ts";
import type { LiveState } from "../model/live.ts";
import { lastOf, type PodmanCall } from "./argv/podman-call.ts";
import { valuesOf } from "./argv/unit-text.ts";
import type { Generated, ServiceTexts } from "./generated.ts";

/**
 * `[Unit]` keys by which the start of a service starts others that are down, even through running ones
 * (systemd.unit(5)).
 */
const START_KEYS = ["Requires", "BindsTo", "Wants"];

/**
 * A name that says where podman copies the image from, such as an archive or a folder. Podman ignores the
 * policy then (podman-pull(1)).
 */
const TRANSPORT = /^(docker-archive|oci-archive|oci|dir|docker-daemon|ostree|sif):/;

export function isTransport(image: string): boolean {
  return TRANSPORT.test(image);
}

/** Whether the command fetches what a registry or archive holds now, even if the image is there already. */
export function pullsAnew({ subcommand, flags, rest }: PodmanCall): boolean {
  if (isTransport(rest[0] ?? "")) return true;
  // `run` uses an image that is there already (podman-run(1), `--pull`). `pull` does so only if its policy
  // says so.
  const policy = subcommand === "run" ? lastOf(flags, "pull") : (lastOf(flags, "policy") ?? "always");
  return policy !== undefined && policy !== "missing" && policy !== "never";
}

/**
 * Whether the start of a service may first move its image's tag to another image. That happens if an `.image`
 * unit that it needs, directly or not, is down, because systemd then pulls before it starts the container.
 */
export function startPulls(
  service: string,
  starts: Starts,
  { generated, live }: { readonly generated: Generated; readonly live: Pick<LiveState, "services"> },
): boolean {
  return [...startedWith(service, starts)].some((name) => {
    const call = generated.services.get(name)?.call;
    if (call?.subcommand !== "image pull" || isPinned(call.rest[0] ?? "")) return false;
    return live.services.get(name)?.activeState !== "active" && pullsAnew(call);
  });
}

/** Maps a service to the units, of any kind, that start with it. */
export type Starts = ReadonlyMap<string, readonly string[]>;

/** Absent `keys`: all that start others. */
export function startsOf(services: ServiceTexts, keys: readonly string[] = START_KEYS): Starts {
  return new Map(
    [...services].map(([service, { text }]) => {
      const values = keys.flatMap((key) => valuesOf(text, "Unit", key));
      return [service, values.flatMap((value) => value.split(/\s+/))] as const;
    }),
  );
}

/** A service and all that start with it, directly or not. */
export function startedWith(service: string, others: Starts): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [service];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const added = (others.get(name) ?? []).filter((other) => !found.has(other));
    for (const other of added) found.add(other);
    queue.push(...added);
  }
  return found;
}
