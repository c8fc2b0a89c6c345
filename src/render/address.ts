import type { UnitLine } from "./unit-text.ts";

/** The name under which containers reach the host; podman writes it to their /etc/hosts. */
const HOST_ADDRESS = "host.containers.internal";

/**
 * The name by which other containers reach a container: its own, or the host's if it uses the host's network.
 */
export function addressOf(lines: readonly UnitLine[], fallback: string): string {
  const values = (key: string) =>
    lines.filter((line) => line.section === "Container" && line.key === key).map(({ value }) => value);
  if (values("Network").includes("host")) return HOST_ADDRESS;
  return values("ContainerName").at(-1) ?? fallback;
}
