/**
 * What a podman command line's parser must know about flags: which take no value, what the short ones and
 * the aliases stand for, and whose value is a comma-separated list. From `podman run --help` of 5.4 and
 * podman's aliases for Docker's names; every flag that is not here takes one value.
 */
export interface FlagTable {
  readonly booleans: ReadonlySet<string>;
  readonly shorts: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Flags of pflag's "strings" type: one occurrence may hold several values. */
  readonly lists: ReadonlySet<string>;
}

export const GLOBAL_FLAGS: FlagTable = {
  booleans: new Set(["help", "remote", "syslog", "transient-store", "trace", "version"]),
  shorts: { c: "connection", r: "remote", v: "version" },
  aliases: {},
  lists: new Set(),
};

export const RUN_FLAGS: FlagTable = {
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

/** `podman network create` and `podman volume create`, as Quadlet's generator writes them. */
export const CREATE_FLAGS: FlagTable = {
  booleans: new Set(["help", "ignore", "internal", "disable-dns", "ipv6"]),
  shorts: { d: "driver", o: "opt" },
  aliases: {},
  lists: new Set(["dns"]),
};
