import { bootLab, type Lab } from "../../test/lab/harness/lab.ts";
import { checkout } from "../../test/lab/harness/paths.ts";
import { Stage } from "./stage.ts";

const HOME = "/home/homelab";
/** Only the disposable host uses it, so it only has to be long enough. */
export const WEBHOOK_SECRET = "a-secret-that-only-the-forge-knows";

/**
 * The user's settings: a repository, and a script that rates the host. The daemon practically never polls,
 * because a poll would disturb what the demo counts.
 */
const SETTINGS = `repository: ${HOME}/git/homelab.git
health:
  command: [${HOME}/bin/homelab-intel.sh, --quiet]
  reportDir: ${HOME}/containers/docs/99-reports
verify:
  timeout: 60s
  stable: 2s
daemon:
  poll: 0 4 1 1 *
  webhookSecretFile: ${HOME}/.config/quadgate/webhook-secret
`;

/**
 * Behaves like homelab-intel: text on stdout, the report in a new file, and an exit status by the score. The
 * score is the content of ~/score. Without that file, the script does not write a report.
 */
const INTEL = `#!/bin/bash
reports=~/containers/docs/99-reports
mkdir -p "$reports"
score=$(cat ~/score 2>/dev/null) || { echo 'homelab-intel: the probes did not answer' >&2; exit 2; }
warnings='' critical=''
if [ "$score" -lt 86 ]; then
  warnings='{"code":"W003","message":"Memory usage high: 91%","action":"Check: systemd-cgtop -m"}'
fi
if [ "$score" -lt 70 ]; then
  critical='{"code":"C004","message":"Critical services down: grafana",
    "action":"systemctl --user start grafana"}'
fi
cat >"$reports/intel-$(date +%Y%m%d-%H%M%S).json" <<END
{"timestamp":"$(date -Iseconds)","health_score":$score,"critical":[$critical],"warnings":[$warnings],
"info":[],"metrics":{"disk_root_percent":64}}
END
echo "Health score: $score"
[ "$score" -ge 75 ] || { [ "$score" -ge 50 ] && exit 1; exit 2; }
`;

/** Boots a lab with everything that the demo needs at its start. */
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
