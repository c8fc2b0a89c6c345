import type { Host } from "../model/host.ts";
import { type Json, LABEL_SYSTEMD_UNIT } from "../model/live.ts";

/** `podman inspect` of the containers of these services alone, however many others there are. */
export async function containersOf(
  { podman }: Pick<Host, "podman">,
  services: ReadonlySet<string>,
): Promise<readonly Json[]> {
  const own = (await podman.listed()).filter(({ labels }) => services.has(labels[LABEL_SYSTEMD_UNIT] ?? ""));
  return podman.inspect(
    "container",
    own.map(({ id }) => id),
  );
}
