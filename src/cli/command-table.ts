import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  readonly alias?: string;
  /** A former name. The command always keeps it, and help does not list it. */
  readonly formerName?: string;
  /**
   * Whether the command begins by looking at the host, so that podman can be asked while the rest is loaded.
   */
  readonly looksFirst?: boolean;
  /** Whether the command changes something, and so continues if its output cannot be written any more. */
  readonly changes?: boolean;
  readonly load: () => Promise<{ command: Command }>;
}

/** Every command. quadgate loads only the one that is called. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  validate: {
    summary: "check manifests and units; changes nothing",
    load: () => import("./commands/validate.ts"),
  },
  render: { summary: "print the units that manifests become", load: () => import("./commands/render.ts") },
  pattern: {
    summary: "list and show patterns, or find the one that fits",
    load: () => import("./commands/pattern.ts"),
  },
  schema: {
    summary: "print the JSON Schema of manifests and the other files",
    load: () => import("./commands/schema.ts"),
  },
  new: { summary: "write a manifest from a pattern", changes: true, load: () => import("./commands/new.ts") },
  deploy: {
    summary: "write or change a manifest, commit it, sync it and verify it",
    changes: true,
    load: () => import("./commands/deploy.ts"),
  },
  plan: { summary: "show what a sync would do, and why", load: () => import("./commands/plan.ts") },
  reconcile: {
    summary: "make the host what git says",
    alias: "sync",
    changes: true,
    load: () => import("./commands/reconcile.ts"),
  },
  drift: {
    summary: "compare what runs with what was applied; writes nothing",
    looksFirst: true,
    load: () => import("./commands/drift.ts"),
  },
  status: {
    summary: "show what is applied, and in what state it is",
    load: () => import("./commands/status.ts"),
  },
  history: { summary: "list past syncs", load: () => import("./commands/history.ts") },
  health: {
    summary: "show the host's health report and its band",
    load: () => import("./commands/health.ts"),
  },
  rollback: {
    summary: "revert to an earlier revision in git, and sync",
    changes: true,
    load: () => import("./commands/rollback.ts"),
  },
  approve: { summary: "let a held plan through", changes: true, load: () => import("./commands/approve.ts") },
  adopt: {
    summary: "take over hand-written Quadlets without restarting them",
    changes: true,
    load: () => import("./commands/adopt.ts"),
  },
  suspend: {
    summary: "keep syncs away from an instance for a while",
    changes: true,
    load: () => import("./commands/suspend.ts"),
  },
  resume: {
    summary: "let syncs change an instance again",
    changes: true,
    load: () => import("./commands/resume.ts"),
  },
  daemon: {
    summary: "sync on every push and at intervals",
    changes: true,
    load: () => import("./commands/daemon.ts"),
  },
  trigger: {
    summary: "make the daemon look now",
    formerName: "notify",
    load: () => import("./commands/trigger.ts"),
  },
  hook: {
    summary: "install a post-receive hook in a repository",
    changes: true,
    load: () => import("./commands/hook.ts"),
  },
  install: {
    summary: "install quadgate's own systemd units",
    changes: true,
    load: () => import("./commands/install.ts"),
  },
  uninstall: {
    summary: "remove quadgate's own systemd units",
    changes: true,
    load: () => import("./commands/uninstall.ts"),
  },
  doctor: {
    summary: "check whether this host can run quadgate, or an instance",
    load: () => import("./commands/doctor.ts"),
  },
};

/** The entry that a command line names, by its name, alias or former name. */
export function findCommand(words: readonly string[]): [string, Entry] | undefined {
  const word = words.find((one) => !one.startsWith("-"));
  return Object.entries(COMMANDS).find(
    ([name, { alias, formerName }]) => word !== undefined && [name, alias, formerName].includes(word),
  );
}

/** The words of a command line, with a former name of the command replaced by its present name. */
export function withCurrentName(words: readonly string[]): readonly string[] {
  const at = words.findIndex((one) => !one.startsWith("-"));
  const [name, entry] = findCommand(words) ?? [];
  return name !== undefined && entry?.formerName === words[at] ? words.with(at, name) : words;
}
