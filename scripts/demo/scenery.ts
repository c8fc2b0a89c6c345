import { bootLab, type Lab } from "../../test/lab/harness/lab.ts";
import { checkout } from "../../test/lab/harness/paths.ts";
import { Stage } from "./stage.ts";

const HOME = "/home/homelab";
/** Made anew for every demo; it only has to be long enough. */
export const WEBHOOK_SECRET = "a-secret-that-only-the-forge-knows";

/**
 * What a user has on the host before quadgate: a repository, a settings file, and a script that rates the host. The
 * daemon is not to look by the clock, which could come in between what the demo counts.
 */
const SETTINGS = `repository: ${HOME}/git/homelab.git
health:
  command: [${HOME}/bin/homelab-intel.sh, --quiet]
  reportDir: ${HOME}/containers/docs/99-reports
verify:
  timeout: 60s
daemon:
  poll: 0 4 1 1 *
  webhookSecretFile: ${HOME}/.config/quadgate/webhook-secret
`;

/**
 * Behaves like homelab-intel: text on stdout, the report in a new file, and an exit status that says how bad it is.
 * The score is what stands in ~/score; without that file it writes no report.
 */
const INTEL = `#!/bin/bash
reports=~/containers/docs/99-reports
mkdir -p "$reports"
score=$(cat ~/score 2>/dev/null) || { echo 'homelab-intel: the probes did not answer' >&2; exit 2; }
warnings='' critical=''
[ "$score" -ge 86 ] || warnings='{"code":"W003","message":"Memory usage high: 91%","action":"Check: systemd-cgtop -m"}'
[ "$score" -ge 70 ] || critical='{"code":"C004","message":"Critical services down: grafana","action":"systemctl --user start grafana"}'
printf '{"timestamp":"%s","health_score":%s,"critical":[%s],"warnings":[%s],"info":[],"metrics":{"disk_root_percent":64}}\\n' \\
  "$(date -Iseconds)" "$score" "$critical" "$warnings" >"$reports/intel-$(date +%Y%m%d-%H%M%S).json"
echo "Health score: $score"
[ "$score" -ge 75 ] || { [ "$score" -ge 50 ] && exit 1; exit 2; }
`;

/** Boots a lab with all that the demo starts from. */
export async function setScene(): Promise<Stage> {
  const mounts = [{ from: `${checkout}/desired-state`, to: "/opt/quadgate/desired-state" }];
  const lab = await bootLab({ hostname: "htpc", mounts });
  try {
    await furnish(lab);
  } catch (error) {
    await lab.down();
    throw error;
  }
  return new Stage(lab, `${HOME}/src/homelab`);
}

async function furnish(lab: Lab): Promise<void> {
  await lab.write(`${HOME}/.config/quadgate/config.yaml`, SETTINGS);
  await lab.write(`${HOME}/.config/quadgate/webhook-secret`, `${WEBHOOK_SECRET}\n`, { mode: "0600" });
  await lab.write(`${HOME}/bin/homelab-intel.sh`, INTEL, { mode: "0755" });
  await lab.write(`${HOME}/score`, "92\n");
  await lab.sh(`set -e
    git init -q --bare ~/git/homelab.git
    git clone -q ~/git/homelab.git ~/src/homelab 2>/dev/null
  `);
}
