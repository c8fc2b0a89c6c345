import { beforeAll, beforeEach } from "vitest";
import type { CheckResult } from "../../src/model/check.ts";
import type { DriftReport, FieldDrift } from "../../src/model/drift.ts";
import type { Change, Outcome, Reason, Risk } from "../../src/model/plan.ts";
import type { SyncRecord, SyncResult } from "../../src/model/record.ts";
import { describeLab } from "../lab/harness/describe.ts";
import type { ExecOptions, Lab, LabOptions, LabRepo, LabUser } from "../lab/harness/lab.ts";

/** What `plan` and `reconcile` print with `--output json`, as far as the flows look at it. */
export interface SyncDocument {
  readonly revision: string;
  readonly digest: string;
  readonly gate: {
    readonly state: string;
    readonly score: number | null;
    readonly reasons: readonly Reason[];
  };
  readonly risk: Risk;
  readonly changes: readonly Change[];
  readonly issues: readonly Reason[];
  readonly summary: Readonly<Record<string, number>>;
  readonly result: SyncResult;
  readonly outcomes: readonly Outcome[];
  readonly record: SyncRecord;
}

/** What a command printed with `--output json`: stdout parsed as one document, and what went to stderr. */
export interface Answer<T> {
  readonly exitCode: number;
  readonly document: T;
  readonly stderr: string;
}

/** How a homelab is set up. */
export interface HomelabOptions {
  /** What the first commit holds. */
  readonly files: Record<string, string | null>;
  /** Who runs quadgate; default: homelab. */
  readonly user?: LabUser;
  /** Lines for the host's settings file besides `repository`; default: a health command that says 100. */
  readonly settings?: string;
  /** What the settings call the repository; default: the bare repository's path. */
  readonly repository?: (path: string) => string;
  /** Further options of the lab. */
  readonly lab?: Pick<LabOptions, "flavour" | "mounts">;
}

const PLACES = {
  homelab: {
    systemctl: ["systemctl", "--user"],
    config: "/home/homelab/.config/quadgate/config.yaml",
    unitDir: "/home/homelab/.config/containers/systemd",
    stateDir: "/home/homelab/.local/state/quadgate",
    routeDir: "/home/homelab/containers/config/traefik/dynamic",
  },
  root: {
    systemctl: ["systemctl"],
    config: "/etc/quadgate/config.yaml",
    unitDir: "/etc/containers/systemd",
    stateDir: "/var/lib/quadgate",
    routeDir: "/root/containers/config/traefik/dynamic",
  },
} as const satisfies Record<LabUser, unknown>;

/** A host that is well, whatever the machine below the lab is like. */
export const HEALTHY = `health: { command: [echo, '{"health_score": 100}'] }\n`;

/** A lab with a homelab repository that quadgate follows, and what a person does there. */
export interface Homelab {
  readonly lab: Lab;
  readonly repo: LabRepo;
  /** Who runs quadgate. */
  readonly user: LabUser;
  readonly unitDir: string;
  readonly stateDir: string;
  /** Where route files for Traefik go. */
  readonly routeDir: string;
  /** Writes the settings file anew: `repository`, then these lines. */
  configure(settings: string): Promise<void>;
  /** Runs a quadgate command with `--output json`; throws unless stdout is exactly one JSON document. */
  ask<T = SyncDocument>(...args: string[]): Promise<Answer<T>>;
  /** Commits and pushes files, and returns what `quadgate reconcile` then says. */
  deploy(
    files: Record<string, string | null>,
    message: string,
    ...args: string[]
  ): Promise<Answer<SyncDocument>>;
  /** Oldest first. */
  history(): Promise<readonly SyncRecord[]>;
  systemctl(...args: string[]): Promise<string>;
  podman(...args: string[]): Promise<string>;
  /** Container id and the invocation of its service: they stay as long as it is not started anew. */
  identity(name: string): Promise<string>;
  /** The content of the unit file. */
  unit(name: string): Promise<string>;
  sh(script: string, options?: ExecOptions): Promise<string>;
}

/**
 * Describes tests that tell one story, in order, on a lab of their own whose repository holds a first commit and
 * whose settings follow it. Nothing is deployed yet.
 */
export function describeHomelab(
  title: string,
  options: HomelabOptions,
  tests: (home: () => Homelab) => void,
): void {
  describeLab(title, { hostname: "htpc", ...options.lab }, (lab) => {
    let home: Homelab | undefined;
    const said: string[] = [];
    beforeAll(async () => {
      home = await setUpHomelab(lab(), options, said);
    });
    beforeEach(({ onTestFailed }) => {
      said.length = 0;
      onTestFailed(
        () => void process.stderr.write(`\n##### what quadgate said\n${said.join("\n")}\n#####\n`),
      );
    });
    tests(() => {
      if (!home) throw new Error("the homelab is there only while a test runs");
      return home;
    });
  });
}

/** Only tests about settling say how long it takes; all others would just wait. */
function withoutSettling(settings: string): string {
  if (/\bstable:/.test(settings)) return settings;
  const quick = settings.replace(/^verify: \{/m, "verify: { stable: 0s,");
  return quick === settings ? `${settings}verify: { stable: 0s }\n` : quick;
}

async function setUpHomelab(lab: Lab, options: HomelabOptions, said: string[]): Promise<Homelab> {
  const user = options.user ?? "homelab";
  const { systemctl, config, ...places } = PLACES[user];
  const repo = await lab.bareRepo("homelab");
  const repository = options.repository?.(repo.url) ?? repo.url;
  const configure = (settings: string) =>
    lab.write(config, `repository: ${repository}\n${withoutSettling(settings)}`, { user });
  await configure(options.settings ?? HEALTHY);
  await repo.commitAndPush(options.files, "Describe the homelab");

  const run = async (argv: readonly string[]) => (await lab.exec([...argv], { user })).stdout;
  const ask = async <T>(...args: string[]): Promise<Answer<T>> => {
    const result = await lab.quadgate([...args, "--output", "json"], { user });
    said.push(`$ quadgate ${args.join(" ")}: exit ${result.exitCode}\n${result.stderr}`);
    try {
      return { exitCode: result.exitCode, document: JSON.parse(result.stdout) as T, stderr: result.stderr };
    } catch (error) {
      throw new Error(`quadgate ${args.join(" ")} printed no JSON document:\n${result.all}`, {
        cause: error,
      });
    }
  };
  return {
    lab,
    repo,
    user,
    ...places,
    configure,
    ask,
    deploy: async (changed, message, ...args) => {
      await repo.commitAndPush(changed, message);
      return ask<SyncDocument>("reconcile", ...args);
    },
    history: async () => {
      const { document } = await ask<{ records: readonly SyncRecord[] }>("history", "--limit", "1000");
      return [...document.records].reverse();
    },
    systemctl: (...args) => run([...systemctl, ...args]),
    podman: (...args) => run(["podman", ...args]),
    identity: async (name) => {
      const id = await run(["podman", "container", "inspect", "--format", "{{.Id}}", name]);
      return `${id} ${await run([...systemctl, "show", "--property=InvocationID", `${name}.service`])}`;
    },
    unit: (name) => lab.read(`${places.unitDir}/${name}`),
    sh: async (script, more) => (await lab.sh(script, { user, ...more })).stdout,
  };
}

/** The fields that a drift report calls drift (or another status), as `instance/unit field`, sorted. */
export function fieldsWith(report: DriftReport, status: FieldDrift["status"] = "drift"): readonly string[] {
  const fields = report.instances.flatMap(({ units }) =>
    units.flatMap(({ unit, fields }) =>
      fields.filter((field) => field.status === status).map(({ field }) => `${unit} ${field}`),
    ),
  );
  return fields.sort();
}

/** Why a plan or a verdict is as it is: the codes, in order. */
export function codesOf(reasons: readonly Reason[]): readonly string[] {
  return reasons.map(({ code }) => code);
}

/** What is to be done, without what is to be left: `create web.container`. */
export function workOf({ changes }: Pick<SyncDocument, "changes">): readonly string[] {
  return changes.filter(({ action }) => action !== "none").map(({ action, unit }) => `${action} ${unit}`);
}

/** What the pattern's checks of an instance say on the running service, sorted: a passed one is its kind alone. */
export async function checksOf(home: Homelab, instance: string): Promise<readonly string[]> {
  const { document } = await home.ask<{
    readonly instances: readonly { readonly validation: readonly CheckResult[] | null }[];
  }>("doctor", instance);
  const results = document.instances[0]?.validation ?? [];
  return results
    .map(({ check, status, message }) => (status === "passed" ? check : `${check} ${status}: ${message}`))
    .toSorted();
}
