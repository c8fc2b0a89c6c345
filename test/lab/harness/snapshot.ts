import { exec, type LabUser } from "./enter.ts";
import type { LabRecord } from "./registry.ts";

/** Narrows what a snapshot shows. */
export interface SnapshotOptions {
  /** Leaves out the lines that match. */
  ignore?: RegExp;
}

// Units named after a container's id run its health checks: they come and go by themselves, as do scopes and the DHCP
// proxy that any rootful podman command wakes for 30 s.
const script = `
systemctl=$1
shift
section() { printf '== %s\\n' "$1"; }
section files
for folder; do
  [ -e "$folder" ] || continue
  find "$folder" -mindepth 1 \\( -type f -printf '%p %m %u ' -exec sh -c 'sha256sum <"$1"' sum {} \\; \\) \\
    -o -type l -printf '%p -> %l\\n' -o -type d -printf '%p/ %m %u\\n'
done | LC_ALL=C sort
section containers
podman ps -a --no-trunc --sort names \\
  --format '{{.Names}} {{.ID}} {{.ImageID}} {{.Image}} {{.State}} {{.StartedAt}} {{.Ports}} networks={{.Networks}} {{.Pod}}'
section networks
podman network ls --no-trunc --format '{{.Name}} {{.ID}} {{.Driver}}' | LC_ALL=C sort
section volumes
podman volume ls --format '{{.Name}} {{.Driver}} {{.Mountpoint}}' | LC_ALL=C sort
section images
podman images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | LC_ALL=C sort
section secrets
podman secret ls --format '{{.Name}} {{.ID}}' | LC_ALL=C sort
section pods
podman pod ls --no-trunc --format '{{.Name}} {{.ID}} {{.Status}}' | LC_ALL=C sort
section units
$systemctl show --property=Id,LoadState,ActiveState,SubState,NeedDaemonReload,InvocationID '*.service' '*.timer' \\
  '*.path' '*.socket' | awk -v RS= -F '\\n' '{ $1 = $1; print }' |
  grep -v -E 'ActiveState=inactive|Id=([0-9a-f]{64}|run-|podman-pause|netavark-dhcp-proxy)' | LC_ALL=C sort
`;

const places: Record<LabUser, { systemctl: string; folders: string[] }> = {
  homelab: {
    systemctl: "systemctl --user",
    folders: [
      "/home/homelab/.config/containers",
      "/home/homelab/.config/systemd/user",
      "/home/homelab/.config/quadgate",
      "/home/homelab/.local/state/quadgate",
    ],
  },
  root: {
    systemctl: "systemctl",
    folders: ["/etc/containers", "/etc/systemd/system", "/etc/quadgate", "/var/lib/quadgate"],
  },
};

/**
 * Returns a text of what is on the host, rootless and rootful: unit, configuration and state files with their sums,
 * podman's objects with their ids, and the units that are not inactive. Two snapshots are equal as long as nothing was
 * changed, started or stopped between them.
 */
export async function snapshot(lab: LabRecord, { ignore }: SnapshotOptions = {}): Promise<string> {
  const users: LabUser[] = ["homelab", "root"];
  const texts = await Promise.all(
    users.map(async (user) => {
      const { systemctl, folders } = places[user];
      const { stdout } = await exec(lab, ["bash", "-c", script, "snapshot", systemctl, ...folders], { user });
      return stdout.split("\n").map((line) => `${user}: ${sortNetworks(line)}`);
    }),
  );
  return texts
    .flat()
    .filter((line) => !ignore?.test(line))
    .join("\n");
}

/** podman lists a container's networks in another order each time. */
function sortNetworks(line: string): string {
  return line.replace(/ networks=(\S+)/, (_, names: string) => ` networks=${names.split(",").sort().join()}`);
}
