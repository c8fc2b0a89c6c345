/**
 * What a parser of podman command lines must know about flags: which take no value, what the short ones and
 * the aliases stand for, and whose value is a comma-separated list. It is taken from `--help` of podman 5.4
 * and 5.8 and from podman's aliases for Docker's names. Every flag that is not listed here takes one value.
 */
export interface FlagTable {
  readonly booleans: ReadonlySet<string>;
  readonly shorts: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Flags of pflag's "strings" type, whose one occurrence may hold several values. */
  readonly lists: ReadonlySet<string>;
}

export const GLOBAL_FLAGS: FlagTable = {
  booleans: new Set(["help", "remote", "syslog", "transient-store", "trace", "version"]),
  shorts: { c: "connection", r: "remote", v: "version" },
  aliases: {},
  lists: new Set(),
};

const RUN_FLAGS: FlagTable = {
  booleans: new Set([
    "detach",
    "disable-content-trust",
    "env-host",
    "help",
    "http-proxy",
    "init",
    "interactive",
    "no-healthcheck",
    "no-hostname",
    "no-hosts",
    "oom-kill-disable",
    "passwd",
    "privileged",
    "publish-all",
    "quiet",
    "read-only",
    "read-only-tmpfs",
    "replace",
    "rm",
    "rmi",
    "rootfs",
    "sig-proxy",
    "tls-verify",
    "tty",
    "unsetenv-all",
  ]),
  shorts: {
    a: "attach",
    c: "cpu-shares",
    d: "detach",
    e: "env",
    h: "hostname",
    i: "interactive",
    l: "label",
    m: "memory",
    p: "publish",
    P: "publish-all",
    q: "quiet",
    t: "tty",
    u: "user",
    v: "volume",
    w: "workdir",
  },
  aliases: {
    "dns-opt": "dns-option",
    "healthcheck-command": "health-cmd",
    "healthcheck-interval": "health-interval",
    "healthcheck-retries": "health-retries",
    "healthcheck-start-period": "health-start-period",
    "healthcheck-timeout": "health-timeout",
    net: "network",
    "override-arch": "arch",
    "override-os": "os",
    "override-variant": "variant",
  },
  lists: new Set([
    "add-host",
    "attach",
    "cap-add",
    "cap-drop",
    "cgroup-conf",
    "device-cgroup-rule",
    "dns",
    "dns-option",
    "dns-search",
    "expose",
    "gidmap",
    "group-add",
    "hostuser",
    "network-alias",
    "publish",
    "requires",
    "sysctl",
    "uidmap",
    "ulimit",
  ]),
};

const POD_FLAGS: FlagTable = {
  booleans: new Set(["help", "infra", "no-hostname", "no-hosts", "replace", "share-parent"]),
  shorts: { c: "cpu-shares", h: "hostname", l: "label", m: "memory", n: "name", p: "publish", v: "volume" },
  aliases: { "dns-opt": "dns-option", net: "network" },
  lists: new Set([
    "add-host",
    "dns",
    "dns-option",
    "dns-search",
    "gidmap",
    "network-alias",
    "publish",
    "uidmap",
  ]),
};

const NETWORK_FLAGS: FlagTable = {
  booleans: new Set(["help", "ignore", "internal", "disable-dns", "ipv6"]),
  shorts: { d: "driver", o: "opt" },
  aliases: {},
  lists: new Set(["dns"]),
};

const VOLUME_FLAGS: FlagTable = {
  booleans: new Set(["help", "ignore"]),
  shorts: { d: "driver", l: "label", o: "opt" },
  aliases: {},
  lists: new Set(),
};

const PULL_FLAGS: FlagTable = {
  booleans: new Set(["all-tags", "disable-content-trust", "help", "quiet", "tls-verify"]),
  shorts: { a: "all-tags", q: "quiet" },
  aliases: {},
  lists: new Set(),
};

const KUBE_FLAGS: FlagTable = {
  booleans: new Set([
    "build",
    "down",
    "force",
    "help",
    "no-hostname",
    "no-hosts",
    "no-pod-prefix",
    "publish-all",
    "quiet",
    "replace",
    "service-container",
    "start",
    "tls-verify",
    "wait",
  ]),
  shorts: { q: "quiet", w: "wait" },
  aliases: { net: "network" },
  lists: new Set(["publish"]),
};

const BUILD_FLAGS: FlagTable = {
  booleans: new Set([
    "all-platforms",
    "compat-volumes",
    "compress",
    "created-annotation",
    "disable-compression",
    "disable-content-trust",
    "force-rm",
    "help",
    "http-proxy",
    "identity-label",
    "inherit-annotations",
    "inherit-labels",
    "layers",
    "logsplit",
    "no-cache",
    "no-hostname",
    "no-hosts",
    "omit-history",
    "quiet",
    "rewrite-timestamp",
    "rm",
    "skip-unused-stages",
    "squash",
    "squash-all",
    "stdin",
    "tls-verify",
  ]),
  shorts: {
    c: "cpu-shares",
    D: "disable-compression",
    f: "file",
    m: "memory",
    o: "output",
    q: "quiet",
    t: "tag",
    v: "volume",
  },
  aliases: {},
  lists: new Set(["dns-option", "dns-search", "group-add"]),
};

const TABLES: Readonly<Record<string, FlagTable>> = {
  "pod create": POD_FLAGS,
  "network create": NETWORK_FLAGS,
  "volume create": VOLUME_FLAGS,
  "image pull": PULL_FLAGS,
  "kube play": KUBE_FLAGS,
  build: BUILD_FLAGS,
};

/** The flags of a subcommand that Quadlet's generator writes; for any other, those of `podman run`. */
export function flagsOf(subcommand: string): FlagTable {
  return TABLES[subcommand] ?? RUN_FLAGS;
}
