import { isPinned } from "../lib/image-reference.ts";
import type { LiveState } from "../model/live.ts";
import { lastOf, type PodmanCall } from "./argv/podman-call.ts";
import { valuesOf } from "./argv/unit-text.ts";
import type { Generated, ServiceTexts } from "./generated.ts";

/** `[Unit]` keys by which the start of a service starts others that are down, through running ones too (systemd.unit(5)). */
const START_KEYS = ["Requires", "BindsTo", "Wants"];

/** A name that says where to copy the image from: an archive, a folder. Its policy is not asked (podman-pull(1)). */
const TRANSPORT = /^(docker-archive|oci-archive|oci|dir|docker-daemon|ostree|sif):/;

/** Whether the command brings what a registry or an archive holds now, whatever is in the local storage. */
export function pullsAnew({ subcommand, flags, rest }: PodmanCall): boolean {
  if (TRANSPORT.test(rest[0] ?? "")) return true;
  // What is there already is good enough for `run` (podman-run(1), `--pull`), and for `pull` only when told so.
  const policy = subcommand === "run" ? lastOf(flags, "pull") : (lastOf(flags, "policy") ?? "always");
  return policy !== undefined && policy !== "missing" && policy !== "never";
}

/**
 * Whether the start of a service may first give its image's tag to another image: an `.image` unit that it needs, directly
 * or not, is down, so systemd pulls before it starts the container.
 */
export function startPulls(
  service: string,
  starts: Starts,
  { generated, live }: { readonly generated: Generated; readonly live: LiveState },
): boolean {
  return [...startedWith(service, starts)].some((name) => {
    const call = generated.services.get(name)?.call;
    if (call?.subcommand !== "image pull" || isPinned(call.rest[0] ?? "")) return false;
    return live.services.get(name)?.activeState !== "active" && pullsAnew(call);
  });
}

/** Service name to the names that it starts with it, of whatever kind. */
type Starts = ReadonlyMap<string, readonly string[]>;

export function startsOf(services: ServiceTexts): Starts {
  return new Map(
    [...services].map(([service, { text }]) => {
      const values = START_KEYS.flatMap((key) => valuesOf(text, "Unit", key));
      return [service, values.flatMap((value) => value.split(/\s+/))] as const;
    }),
  );
}

function startedWith(service: string, others: Starts): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [service];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const added = (others.get(name) ?? []).filter((other) => !found.has(other));
    for (const other of added) found.add(other);
    queue.push(...added);
  }
  return found;
}
