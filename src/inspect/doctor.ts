import { compareVersions, versionNumbers } from "../lib/version.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Host } from "../model/host.ts";
import { withoutPassword } from "../model/repository.ts";
import { mergeSettings, type Settings } from "../model/settings-schema.ts";
import type { Context } from "../planning/context.ts";
import { complaintAbout, howToMend } from "../planning/generator-complaints.ts";

export interface Finding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed";
  readonly message: string;
  /** The command that fixes it. */
  readonly fix?: string;
}

type Answer = Omit<Finding, "check">;

interface Check {
  readonly check: string;
  readonly rootlessOnly?: boolean;
  readonly run: (host: Host, settings: Settings) => Promise<Answer>;
}

const OLDEST_PODMAN = [4, 4] as const;

/** A unit file to ask systemd about. */
const PROBE: ReadonlyMap<string, string> = new Map([
  ["quadgate-probe.service", "[Service]\nExecStart=/bin/true\n"],
]);

const ok = (message: string): Answer => ({ status: "ok", message });
const failed = (message: string, fix: string): Answer => ({ status: "failed", message, fix });
const warning = (message: string, fix: string): Answer => ({ status: "warning", message, fix });

/** One row for each check, which looks at one thing and says how to fix it. */
const CHECKS: readonly Check[] = [
  { check: "podman", run: podman },
  { check: "quadlet generator", run: generator },
  { check: "systemd", run: systemd },
  { check: "journal", run: journal },
  { check: "podman events", run: events },
  { check: "git", run: (host) => program(host, "git", ["--version"], "sudo apt install git") },
  { check: "flock", run: (host) => program(host, "flock", ["--version"], "sudo apt install util-linux") },
  { check: "cgroups", run: cgroups },
  { check: "lingering", rootlessOnly: true, run: lingering },
  { check: "subuids", rootlessOnly: true, run: (host) => subordinates(host, "/etc/subuid") },
  { check: "subgids", rootlessOnly: true, run: (host) => subordinates(host, "/etc/subgid") },
  { check: "state directory", run: stateFolder },
  { check: "unit directory", run: unitFolder },
  { check: "repository", run: repository },
];

/** Checks whether this host can run quadgate. Runs all checks that are wanted, whatever the others find. */
export async function examine(
  context: Context,
  isWanted: (check: string) => boolean = () => true,
): Promise<readonly Finding[]> {
  const { host } = context;
  const settings = mergeSettings(context.layers);
  const rows = CHECKS.filter((row) => isWanted(row.check) && (!row.rootlessOnly || host.facts.rootless));
  return Promise.all(
    rows.map(async ({ check, run }) => {
      const answer = await run(host, settings).catch((error: unknown) => explain(error));
      return { check, ...answer };
    }),
  );
}

function explain(error: unknown): Answer {
  if (!(error instanceof QuadgateError)) throw error;
  return failed(error.message, error.hint ?? "see the message");
}

async function podman(host: Host): Promise<Answer> {
  const version = await host.podman.version();
  const old = compareVersions(versionNumbers(version), OLDEST_PODMAN) < 0;
  return old
    ? failed(
        `podman ${version} does not have Quadlet; the first version with it is 4.4`,
        "sudo apt install podman",
      )
    : ok(version);
}

async function generator(host: Host): Promise<Answer> {
  await host.quadlet.generate([]);
  const complaint = await complaintAbout(host);
  if (complaint === undefined) return ok("runs");
  return (complaint.grave ? failed : warning)(complaint.message, howToMend(host));
}

async function systemd(host: Host): Promise<Answer> {
  const states = await host.systemd.services(["basic.target"]);
  if (states.get("basic.target")?.loadState === "loaded") {
    const says = host.facts.rootless ? "user manager answers" : "answers";
    if ((await host.systemd.verify(PROBE)) !== undefined) return ok(says);
    const effect = "quadgate does not know which lines of a unit systemd ignores";
    return warning(`${says}, but systemd-analyze does not run: ${effect}`, "systemd-analyze --version");
  }
  return failed("the manager does not answer", `loginctl enable-linger ${host.facts.user}`);
}

const PERSISTENT = [
  "sudo mkdir -p /etc/systemd/journald.conf.d",
  "printf '[Journal]\\nStorage=persistent\\n' | sudo tee /etc/systemd/journald.conf.d/persistent.conf",
  "sudo systemctl restart systemd-journald",
  "sudo journalctl --flush",
].join(" && ");

/** The journal on disk has a file for each user, which that user may read; that in memory has not. */
async function journal({ facts, clock, systemd: { history } }: Host): Promise<Answer> {
  const known = await history([], { boot: facts.bootId, ms: clock.ticks() });
  if (known !== undefined) return ok("tells what happens to services");
  const who = facts.rootless ? ` by ${facts.user}` : "";
  return warning(`cannot be read${who}: quadgate takes a stop or restart by hand for a failure`, PERSISTENT);
}

async function events({ facts, clock, podman: { events: read } }: Host): Promise<Answer> {
  if ((await read(clock.now().getTime())) !== undefined) return ok("are kept");
  const file = facts.rootless
    ? `${facts.home}/.config/containers/containers.conf`
    : "/etc/containers/containers.conf";
  return warning(
    "podman keeps none: quadgate takes `podman kill` and `podman restart` for a failure",
    `write events_logger = "file" below [engine] in ${file}`,
  );
}

async function program(host: Host, name: string, args: readonly string[], fix: string): Promise<Answer> {
  const result = await host.processes.run(name, args).catch(() => undefined);
  return result?.exitCode === 0
    ? ok(result.stdout.split("\n")[0]?.trim() ?? "")
    : failed(`${name} is missing`, fix);
}

async function cgroups(host: Host): Promise<Answer> {
  const controllers = await host.files.read("/sys/fs/cgroup/cgroup.controllers");
  if (controllers === undefined)
    return failed("cgroup v2 is not mounted", "boot with systemd.unified_cgroup_hierarchy=1");
  const missing = ["memory", "cpu", "pids"].filter((name) => !controllers.split(/\s+/).includes(name));
  if (missing.length === 0) return ok("v2");
  return warning(
    `v2 without the controllers ${missing.join(", ")}: such limits are set but not enforced`,
    "mount all controllers on v2",
  );
}

async function lingering(host: Host): Promise<Answer> {
  const { user } = host.facts;
  if (await host.files.stat(`/var/lib/systemd/linger/${user}`)) return ok(`on for ${user}`);
  return failed(`off: services of ${user} end when the last session does`, `loginctl enable-linger ${user}`);
}

async function subordinates(host: Host, path: string): Promise<Answer> {
  const { user, uid } = host.facts;
  const rows = (await host.files.read(path))?.split("\n") ?? [];
  const row = rows.find((line) => line.startsWith(`${user}:`) || line.startsWith(`${uid}:`));
  const fix = `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}`;
  return row ? ok(row) : failed(`${path} has no range for ${user}`, fix);
}

async function stateFolder(host: Host): Promise<Answer> {
  const { stateDir } = host.facts;
  const found = await host.files.stat(stateDir);
  if (found === undefined) return ok(`${stateDir} (made at the first sync)`);
  if (found.kind !== "directory")
    return failed(`${stateDir} is not a folder`, `mv ${stateDir} ${stateDir}.old`);
  return found.mode & 0o077
    ? warning(`${stateDir} is open to others`, `chmod 700 ${stateDir}`)
    : ok(stateDir);
}

async function unitFolder(host: Host): Promise<Answer> {
  const { unitDir } = host.facts;
  if ((await host.files.stat(unitDir)) === undefined) return ok(`${unitDir} (made at the first sync)`);
  const unread = [...(await host.files.scan(unitDir, () => false)).keys()];
  if (unread.length === 0) return ok(unitDir);
  const paths = unread.map((name) => `${unitDir}/${name}`);
  return warning(
    `cannot read ${paths.join(", ")}: podman's generator skips it, and so does quadgate`,
    `chmod u+rx ${paths.join(" ")}, or move it out of ${unitDir}`,
  );
}

async function repository(host: Host, settings: Settings): Promise<Answer> {
  if (settings.repository === undefined) {
    return warning("none is set", "pass --repository, or write `repository:` to config.yaml");
  }
  const result = await host.processes.run(
    "git",
    ["ls-remote", "--heads", "--", settings.repository, settings.branch],
    {
      env: { GIT_TERMINAL_PROMPT: "0" },
      timeoutMs: 20_000,
    },
  );
  const shown = withoutPassword(settings.repository);
  if (result.exitCode !== 0)
    return failed(`cannot read ${shown}: ${result.stderr.trim()}`, `git ls-remote ${shown}`);
  if (result.stdout.trim() === "")
    return failed(`${shown} has no branch "${settings.branch}"`, "commit and push, or pass --branch");
  return ok(`${shown}, branch ${settings.branch}`);
}
