import { setTimeout as sleep } from "node:timers/promises";
import { WEBHOOK_SECRET } from "./scenery.ts";
import { NotAsSaid, type Stage } from "./stage.ts";

const DEPLOY_DEADLINE_MS = 60_000;
const POLL_MS = 250;

/** The part of a row of `quadgate history --output json` that the demo uses. */
interface SyncRow {
  readonly revision: string;
  readonly result: string;
  readonly finishedAt: string;
  readonly count: number;
}

/** A commit becomes running containers. A second sync does nothing. */
export async function commitAndReconcile(stage: Stage): Promise<void> {
  stage.flow("A commit becomes running services");
  stage.say(
    "A part of the example homelab: a start page, a web site, and a paperless office with its database.",
  );
  await stage.type(
    `mkdir desired-state && cd /opt/quadgate/desired-state
cp networks.yaml household/documents.yaml web/dashboard.yaml web/website.container \\
  ~/src/homelab/desired-state/`,
  );
  await stage.type("cat desired-state/documents.yaml");
  await stage.type("quadgate validate --working-tree .", { shows: [/^Valid: 5 instances, 15 units/m] });
  stage.say("Passwords are podman secrets. quadgate names what is missing before it changes anything.");
  await stage.type("quadgate doctor --working-tree . documents-db", {
    exit: 1,
    shows: [/✗ +secret documents-db-password/, /documents-db cannot be deployed yet/],
  });
  await stage.type(
    `for name in documents-db-password documents-key; do
  openssl rand -hex 32 | tr -d '\\n' | podman secret create $name -
done`,
  );
  await stage.type("git add . && git commit -qm 'Add the homelab' && git push -q");
  await stage.type("quadgate plan", { exit: 2, shows: [/15 to create/, /Gate: open \(health score 92/] });
  await stage.type("quadgate reconcile", { shows: [/^Applied and verified .*15 units changed/m] });
  await stage.type("podman ps --format 'table {{.Names}}  {{.Status}}  {{.Image}}'", {
    shows: [/^documents-db .*healthy/m, /^systemd-website .*healthy/m, /^dashboard .*healthy/m],
  });
  stage.confirm(
    "the office started only when its database was healthy",
    (await moment(stage, "documents-db", "ActiveEnter")) <=
      (await moment(stage, "documents-paperless", "InactiveExit")),
  );
  const before = await containers(stage);
  stage.say("A second sync does nothing.");
  await stage.type("quadgate reconcile", { shows: [/^In sync .*nothing to do/m] });
  stage.confirm("no container was touched", (await containers(stage)) === before);
}

/** The daemon acts on a push at once, and on a webhook if it is signed. */
export async function pushAndHook(stage: Stage): Promise<void> {
  stage.flow("A push deploys; so does a signed webhook");
  await stage.type("quadgate hook install ~/git/homelab.git");
  await stage.type("quadgate install", { shows: [/The daemon is running/] });
  await until(stage, "the daemon listens", "curl -sf http://127.0.0.1:9797/healthz");
  await stage.type("sed -i 's/memory: 256M/memory: 288M/' desired-state/dashboard.yaml");
  await stage.type("git commit -qam 'Give the dashboard more memory'");
  const revision = await stage.prepare("git rev-parse HEAD");
  const pushed = Date.now();
  await stage.type("git push -q");
  const seconds = ((await appliedAt(stage, revision)) - pushed) / 1000;
  stage.confirm(`from push to applied, healthy and verified: ${seconds.toFixed(1)} s`, true);
  await quiet(stage);
  await stage.type("quadgate history", { shows: [/applied +92 +~1 +(start|push|repository)/] });
  await stage.type("quadgate status", { shows: [/dashboard\.container +active/], hides: [/Failed/] });

  stage.say("A forge elsewhere sends a webhook. The daemon refuses a wrong signature.");
  const post = "curl -s -w ' %{http_code}\\n' -d '{}' http://127.0.0.1:9797/hooks/generic";
  const syncs = await countSyncs(stage);
  await stage.type(`${post} -H "X-Hub-Signature-256: sha256=${"0".repeat(64)}"`, { shows: [/ 401$/m] });
  await stage.type(
    `key=$(cat ~/.config/quadgate/webhook-secret)
signature=$(printf '{}' | openssl dgst -sha256 -hmac "$key" -r | cut -d' ' -f1)
${post} -H "X-Hub-Signature-256: sha256=$signature"`,
    { shows: [/"accepted":true.* 202$/m], hides: [new RegExp(WEBHOOK_SECRET)] },
  );
  await moreSyncsThan(stage, syncs);
  stage.confirm(
    "only the signed webhook made the daemon look again",
    (await countSyncs(stage)) === syncs + 1,
  );
  await stage.type("systemctl --user stop quadgate");
}

/** quadgate shows field by field what somebody changed on the host, and restores it. */
export async function driftAndMend(stage: Stage): Promise<void> {
  stage.flow("Drift: the host is changed behind git's back");
  await stage.type("podman network disconnect systemd-monitoring dashboard");
  await stage.type("systemctl --user set-property --runtime documents-cache.service MemoryMax=200M");
  await stage.type("sed -i s/MemoryMax=64M/MemoryMax=512M/ ~/.config/containers/systemd/website.container");
  await stage.type("rm ~/containers/config/traefik/dynamic/dashboard.yml");
  const before = await stage.lab.snapshot();
  await stage.type("quadgate drift dashboard documents-cache website", {
    exit: 2,
    shows: [
      /✗ networks .*monitoring declared.*podman network disconnect/,
      /✗ memory +128M declared, 200M live \(systemctl set-property\)/,
      /✗ unit .*the file was edited: MemoryMax/,
      /dashboard\.yml/,
    ],
  });
  stage.confirmEqual("the audit changed nothing on the host", before, await stage.lab.snapshot());
  await stage.type("quadgate reconcile", { shows: [/^Applied and verified/m] });
  await stage.type("quadgate drift | tail -1", { shows: [/6 match, 0 drift, 0 warning/] });
}

/** A commit that never gets healthy is put back by itself, and not tried again. */
export async function putBackFailed(stage: Stage): Promise<void> {
  stage.flow("quadgate puts a bad commit back by itself");
  stage.say("The health check asks the wrong port, so it can never pass.");
  await stage.type("sed -i s,//localhost/,//localhost:8081/, desired-state/website.container");
  await stage.type("git commit -qam 'Check the web site on port 8081' && git push -q");
  await stage.type("QUADGATE_VERIFY_TIMEOUT=6s quadgate reconcile", { exit: 4, shows: [/^Put back/m] });
  await stage.type("curl -s http://127.0.0.1:8080", { shows: [/nginx/] });
  await stage.type("quadgate status", {
    shows: [/^Failed: website/m, /website\.container +active +healthy/],
  });
  stage.say("quadgate does not try the same commit again.");
  await stage.type("quadgate plan", { exit: 4, shows: [/failed-before/] });
  await stage.type("git revert --no-edit HEAD >/dev/null && git push -q");
  await stage.type("quadgate reconcile", { shows: [/^In sync/m] });

  stage.say("This commit works, but is not wanted. rollback reverts it in git, by a new commit.");
  await stage.type("sed -i s/nginx:1.28/nginx:1.27/ desired-state/website.container");
  await stage.type("git commit -qam 'Go back to nginx 1.27' && git push -q");
  await stage.type("quadgate reconcile", { shows: [/^Applied and verified/m] });
  await stage.type("quadgate rollback", {
    shows: [/Undone:/, /Go back to nginx 1\.27/, /^Applied and verified/m],
  });
  await stage.type("git pull -q && git log --oneline -3", { shows: [/Roll back to/] });
  await stage.type("podman inspect -f '{{.ImageName}}' systemd-website", { shows: [/nginx:1\.28/] });
}

/** The host's health decides whether a change may be applied now. */
export async function gate(stage: Stage): Promise<void> {
  stage.flow("The gate: the host's health decides");
  await change(stage, 296);
  await stage.type("echo 92 >~/score; quadgate health", { shows: [/Health score 92 of 100: proceed/] });
  await stage.type("quadgate reconcile", { shows: [/^Applied and verified/m] });
  await change(stage, 304);
  await stage.type("echo 78 >~/score; quadgate reconcile", { exit: 3, shows: [/^Held/m, /W003/] });
  await stage.type("quadgate approve", { shows: [/^Applied and verified/m] });
  await change(stage, 312);
  await stage.type("echo 55 >~/score; quadgate reconcile", {
    exit: 3,
    shows: [/^Blocked/m, /health-below-block/, /C004/],
  });
  stage.say("Without a report, nothing may change.");
  await stage.type("rm ~/score; quadgate reconcile", { exit: 3, shows: [/^Blocked/m, /wrote no report/] });
  await stage.type("podman inspect -f '{{.State.Status}}' dashboard", { shows: [/running/] });
  await stage.type("echo 92 >~/score; quadgate reconcile", { shows: [/^Applied and verified/m] });
  await stage.type("quadgate history --limit 5", {
    shows: [/blocked +55/, /blocked +-/, /applied +92/, /applied +78 .*approve/],
  });
}

/** quadgate deletes what git no longer has, but not everything at once. */
export async function prune(stage: Stage): Promise<void> {
  stage.flow("Deleting a manifest prunes; deleting everything is refused");
  await stage.type("git rm -q desired-state/website.container");
  await stage.type("git commit -qm 'Close the web site' && git push -q");
  await stage.type("quadgate reconcile", { shows: [/deleted website\.container/, /^Applied and verified/m] });
  await stage.type("podman ps --format '{{.Names}}'", {
    shows: [/dashboard/, /documents-db/],
    hides: [/website/],
  });
  await stage.type("git rm -qr desired-state && git commit -qm 'Delete everything' && git push -q");
  await stage.type("quadgate reconcile", { exit: 3, shows: [/^Blocked/m, /empty-desired-state/] });
  await stage.type("podman ps --format '{{.Names}}  {{.Status}}'", { shows: [/dashboard/, /documents-db/] });
}

async function change(stage: Stage, megabytes: number): Promise<void> {
  await stage.type(
    `sed -i 's/^memory: .*/memory: ${megabytes}M/' desired-state/dashboard.yaml && ` +
      `git commit -qam 'Set the memory to ${megabytes}M' && git push -q`,
  );
}

function containers(stage: Stage): Promise<string> {
  return stage.prepare("podman ps -a --no-trunc --sort names --format '{{.ID}} {{.StartedAt}}'");
}

/** When a service last entered a state, in microseconds since the host booted. */
async function moment(stage: Stage, service: string, state: "ActiveEnter" | "InactiveExit"): Promise<number> {
  return Number(await stage.prepare(`systemctl --user show -P ${state}TimestampMonotonic ${service}`));
}

async function until(stage: Stage, what: string, script: string): Promise<void> {
  const deadline = Date.now() + DEPLOY_DEADLINE_MS;
  for (;;) {
    const { exitCode } = await stage.lab.sh(script, { reject: false });
    if (exitCode === 0) return;
    if (Date.now() > deadline) throw new NotAsSaid(`this did not happen within a minute: ${what}`);
    await sleep(POLL_MS);
  }
}

/** When the sync that applied the revision ended, in milliseconds since the epoch. */
async function appliedAt(stage: Stage, revision: string): Promise<number> {
  const deadline = Date.now() + DEPLOY_DEADLINE_MS;
  for (;;) {
    const found = (await history(stage)).find(
      (record) => record.revision === revision && record.result === "applied",
    );
    if (found !== undefined) return Date.parse(found.finishedAt);
    if (Date.now() > deadline) throw new NotAsSaid("the daemon did not apply the push within a minute");
    await sleep(POLL_MS);
  }
}

async function history(stage: Stage): Promise<readonly SyncRow[]> {
  const text = await stage.prepare("quadgate history --limit 1000 --output json");
  return (JSON.parse(text) as { records: readonly SyncRow[] }).records;
}

async function countSyncs(stage: Stage): Promise<number> {
  return (await history(stage)).reduce((sum, { count }) => sum + count, 0);
}

async function moreSyncsThan(stage: Stage, before: number): Promise<void> {
  const deadline = Date.now() + DEPLOY_DEADLINE_MS;
  while ((await countSyncs(stage)) <= before) {
    if (Date.now() > deadline) stage.confirm("the webhook made the daemon look again within a minute", false);
    await sleep(POLL_MS);
  }
}

/** Waits until no sync is under way. The push hook and the watched repository may both have triggered one. */
async function quiet(stage: Stage): Promise<void> {
  let before = -1;
  let now = await countSyncs(stage);
  while (now !== before) {
    await sleep(1_000);
    before = now;
    now = await countSyncs(stage);
  }
}
