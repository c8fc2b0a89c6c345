import { exec, type LabUser } from "./enter.ts";
import type { LabRecord } from "./registry.ts";

const script = `
systemctl=$1 journal=$2 units=$3
show() { printf '\\n--- %s\\n' "$*"; timeout 20 "$@" 2>&1; }
show $systemctl --failed --no-legend --plain
show $systemctl list-jobs --no-legend
show podman ps -a --no-trunc
for file in "$units"/* "$units"/*/*; do [ -f "$file" ] && show cat "$file"; done
show $journal --boot --no-pager --lines 200 --output short-precise
true
`;

/** Returns what a person wants to see of the host when a test fails: journals, containers, failed units, unit files. */
export async function dump(lab: LabRecord): Promise<string> {
  const places: Record<LabUser, string[]> = {
    homelab: ["systemctl --user", "journalctl --user", "/home/homelab/.config/containers/systemd"],
    root: ["systemctl", "journalctl", "/etc/containers/systemd"],
  };
  const texts: string[] = [];
  for (const user of ["homelab", "root"] as const) {
    const argv = ["bash", "-c", script, "dump", ...places[user]];
    const { all } = await exec(lab, argv, { user, reject: false, timeoutMs: 60_000 });
    texts.push(`===== ${user}@${lab.name} (${lab.flavour})${all}`);
  }
  return texts.join("\n\n");
}
