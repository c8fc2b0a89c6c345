import { compareVersions, versionNumbers } from "../lib/version.ts";

/**
 * How podman or systemd reads a key's value:
 * S scalar: last line wins, surrounding double quotes are stripped, nothing is unescaped;
 * L one verbatim value a line; W words: quotes removed, backslashes kept; A words with C escapes decoded;
 * K as A, each word `key=value`; X as A, last line only; B boolean;
 * V a scalar that systemd reads itself (no stripping of quotes).
 */
type KeyClass = "S" | "L" | "W" | "A" | "K" | "X" | "B" | "V";

/** What systemd expands in the value once the unit is loaded: `%` specifiers, `$` variables, or nothing. */
export type Expansion = "none" | "percent" | "both";

export interface KeyRow {
  readonly class: KeyClass;
  /** First podman release that knows the key; empty for systemd's own. */
  readonly since: string;
  /** First releases that know values added after the key. */
  readonly newer?: Readonly<Record<string, string>>;
  readonly expands: Expansion;
  /** Characters that divide the value into fields: template text may hold them, values beside it may not. */
  readonly separators: string;
  /** Specifiers in the value's first field (a path on the host) are meant: `%h/x`, `/run/user/%U`. */
  readonly specifiers?: boolean;
  /** The `podman run` flag to fall back to (by PodmanArgs=) for a value that the class cannot carry. */
  readonly flag?: string;
}

type Lists = Readonly<Record<string, string>>;

/**
 * Rows from `"CLASS SINCE": "Key Key"`; what a Quadlet section says ends up in ExecStart, which expands both.
 */
function rows(expands: Expansion, lists: Lists, extra: Readonly<Record<string, Partial<KeyRow>>> = {}) {
  const table = new Map<string, KeyRow>();
  for (const [head, keys] of Object.entries(lists)) {
    const [letter = "S", since = ""] = head.split(" ");
    for (const key of keys.split(" ")) {
      table.set(key, { class: letter as KeyClass, since, expands, separators: "", ...extra[key] });
    }
  }
  return table;
}

const SHARED: Lists = {
  "S 5.3": "ServiceName",
  "L 4.8": "ContainersConfModule",
  "A 4.8": "GlobalArgs",
};

const CONTAINER = rows(
  "both",
  {
    ...SHARED,
    "S 4.4": "Image ContainerName User Group Timezone SeccompProfile Notify RemapUsers",
    "S 4.5":
      "Rootfs UserNS IP IP6 SecurityLabelType SecurityLabelFileType SecurityLabelLevel LogDriver HealthCmd " +
      "HealthInterval HealthTimeout HealthStartPeriod HealthRetries HealthOnFailure HealthStartupCmd " +
      "HealthStartupInterval HealthStartupRetries HealthStartupSuccess HealthStartupTimeout",
    "S 4.6": "WorkingDir AutoUpdate HostName Pull",
    "S 4.7": "PidsLimit ShmSize",
    "S 4.8": "SubUIDMap SubGIDMap RemapUidSize",
    "S 5.0": "Entrypoint StopTimeout Pod",
    "S 5.2": "StopSignal",
    "S 5.3": "ServiceName CgroupsMode HealthLogDestination HealthMaxLogCount HealthMaxLogSize",
    "S 5.5": "Memory Retry RetryDelay ReloadSignal",
    "S 5.8": "AppArmor",
    "X 4.4": "Exec",
    "X 5.5": "ReloadCmd",
    "K 4.4": "Environment Label Annotation",
    "A 4.4": "EnvironmentFile PodmanArgs",
    "A 4.5": "Secret Mount",
    "A 4.6": "Mask Unmask",
    "B 4.4": "EnvironmentHost RunInit VolatileTmp ReadOnly NoNewPrivileges",
    "B 4.5": "SecurityLabelDisable",
    "B 4.6": "SecurityLabelNested",
    "B 4.8": "ReadOnlyTmpfs",
    "B 5.3": "StartWithPod",
    "B 5.7": "HttpProxy",
    "L 4.4": "Network PublishPort ExposeHostPort Volume",
    "L 4.5": "Tmpfs",
    "L 4.7": "DNS DNSOption DNSSearch Ulimit",
    "L 5.1": "GroupAdd",
    "L 5.2": "NetworkAlias",
    "L 5.3": "AddHost",
    "W 4.4": "AddDevice AddCapability DropCapability RemapUid RemapGid",
    "W 4.6": "Sysctl",
    "W 4.8": "UIDMap GIDMap",
    "W 5.2": "LogOpt",
  },
  {
    Secret: { separators: "," },
    Mount: { separators: "," },
    Network: { separators: ":" },
    PublishPort: { separators: ":" },
    Volume: { separators: ":", specifiers: true },
    AddHost: { separators: ":" },
    Ulimit: { separators: "=:" },
    Environment: { separators: "=" },
    Label: { separators: "=" },
    Annotation: { separators: "=" },
    HealthCmd: { flag: "--health-cmd" },
    HealthStartupCmd: { flag: "--health-startup-cmd" },
    // Before, any text but a yes meant no: nothing waited for health.
    Notify: { newer: { healthy: "5.0" } },
    ServiceName: { expands: "none" },
  },
);

const POD = rows("both", {
  "L 4.8": "ContainersConfModule",
  "A 4.8": "GlobalArgs",
  "A 5.0": "PodmanArgs",
  "S 5.0": "PodName",
  "L 5.0": "PublishPort Network Volume",
  "L 5.2": "NetworkAlias",
  "S 5.3": "ServiceName IP IP6 UserNS SubUIDMap SubGIDMap RemapUsers RemapUidSize",
  "L 5.3": "AddHost DNS DNSOption DNSSearch",
  "W 5.3": "UIDMap GIDMap RemapUid RemapGid",
  "S 5.4": "ShmSize",
  "S 5.5": "HostName",
  "K 5.6": "Label",
  "S 5.6": "ExitPolicy",
  "S 5.7": "StopTimeout",
});

const NETWORK = rows("both", {
  ...SHARED,
  "A 4.6": "PodmanArgs",
  "S 4.4": "Driver IPAMDriver",
  "S 4.7": "NetworkName",
  "S 5.6": "InterfaceName",
  "L 4.4": "Subnet Gateway IPRange",
  "L 4.7": "DNS",
  "K 4.4": "Options Label",
  "B 4.4": "IPv6 Internal DisableDNS",
  "B 5.5": "NetworkDeleteOnStop",
});

const VOLUME = rows("both", {
  ...SHARED,
  "A 4.6": "PodmanArgs",
  "S 4.4": "Device Type Options User Group",
  "S 4.7": "VolumeName",
  "S 4.8": "Driver Image",
  "K 4.4": "Label",
  "B 4.4": "Copy",
});

const UNIT = rows("percent", {
  V: "Description Documentation SourcePath StartLimitIntervalSec StartLimitBurst",
  W:
    "After Before Wants Requires Requisite BindsTo PartOf Upholds Conflicts OnFailure OnSuccess " +
    "RequiresMountsFor",
  B: "StopWhenUnneeded RefuseManualStart RefuseManualStop",
});

const SERVICE = new Map([
  ...rows("none", {
    V:
      "MemoryMax MemoryHigh MemoryLow MemoryMin MemorySwapMax CPUQuota CPUWeight StartupCPUWeight IOWeight " +
      "StartupIOWeight TasksMax TimeoutStartSec TimeoutStopSec TimeoutSec RestartSec RestartSteps " +
      "RestartMaxDelaySec Restart RuntimeMaxSec Nice LimitNOFILE LimitNPROC OOMScoreAdjust OOMPolicy " +
      "KillMode Type",
    W: "Sockets",
    B: "RemainAfterExit",
  }),
  ...rows("percent", { V: "Slice", K: "Environment" }),
  ...rows("both", { X: "ExecStartPre ExecStartPost ExecStopPost ExecCondition" }),
]);

const SOCKET = new Map([
  ...rows("none", { V: "ListenStream ListenDatagram FileDescriptorName Service BindIPv6Only" }),
  ...rows("both", { X: "ExecStartPre ExecStartPost ExecStopPre ExecStopPost" }),
]);

const INSTALL = rows("none", { W: "WantedBy RequiredBy UpheldBy Alias" });

const SECTIONS: Readonly<Record<string, ReadonlyMap<string, KeyRow>>> = {
  Container: CONTAINER,
  Pod: POD,
  Network: NETWORK,
  Volume: VOLUME,
  Unit: UNIT,
  Service: SERVICE,
  Socket: SOCKET,
  Install: INSTALL,
  Quadlet: rows("none", { "B 5.3": "DefaultDependencies" }),
};

/** The row of a key; undefined if the table does not have it. */
export function keyRow(section: string, key: string): KeyRow | undefined {
  return Object.hasOwn(SECTIONS, section) ? SECTIONS[section]?.get(key) : undefined;
}

/** Whether a later line replaces an earlier one, rather than adding to it. */
export function isSingle(section: string, key: string): boolean {
  const row = keyRow(section, key);
  if (row === undefined) return false;
  return row.class === "X" ? section === "Container" : "SBV".includes(row.class);
}

/**
 * The first podman release that reads a line as intended; empty if the key is systemd's, or not in the table.
 */
export function podmanSince({
  section,
  key,
  value,
}: {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}): string {
  const row = keyRow(section, key);
  return row?.newer?.[value] ?? row?.since ?? "";
}

/**
 * Whether a podman version (`5.4.2`) knows a key that came with `since` (`5.5`). Unknown versions know all.
 */
export function podmanKnows(version: string, since: string): boolean {
  const [have, want] = [releaseOf(version), releaseOf(since)];
  if (have === undefined || want === undefined) return true;
  return compareVersions(have, want) >= 0;
}

function releaseOf(version: string): readonly number[] | undefined {
  const release = /^\d+\.\d+/.exec(version)?.[0];
  return release === undefined ? undefined : versionNumbers(release);
}
