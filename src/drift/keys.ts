/** How drift sees one key of a unit. */
export interface KeyRow {
  readonly section: string;
  readonly key: string;
  /** The field that shows a difference. */
  readonly field: string;
  /** What it is compared with in the live object; undefined if the object does not show it. */
  readonly live: string | undefined;
  /** Why the live object does not show it; empty if it does. */
  readonly why: string;
}

type KeySource = Pick<KeyRow, "field" | "live" | "why">;

const seen = (field: string, live: string): KeySource => ({ field, live, why: "" });
/** Not shown by the object; the command that made it shows a difference. */
const unseen = (field: string, why: string): KeySource => ({ field, live: undefined, why });
/** Part of the service only; what systemd has loaded shows a difference. */
const service = (why: string): KeySource => unseen("loaded", why);

const HIDDEN = "`podman inspect` does not show it, and nothing changes it while the container is there";
const FETCH = "it says how an image is fetched and leaves no trace on the image";
const PLAYED = "podman records neither a command for what it makes of YAML nor a trace of this";
const BUILT = "it says how the image is built and leaves no trace that differs from those of the context";
const ONLY_SERVICE = "it is part of the service, not of what podman creates";
const ANY_FLAG = "the field of the flag, if it has one";

const SHARED = {
  ServiceName: service("it is the service's name; a service of another name shows as not loaded"),
  ContainersConfModule: unseen("made-from", HIDDEN),
  GlobalArgs: unseen("made-from", HIDDEN),
};

/** For units for which podman records no command. */
const SHARED_UNNOTED = {
  ServiceName: SHARED.ServiceName,
  ContainersConfModule: service("podman records neither a command for this object nor a trace of this"),
  GlobalArgs: service("podman records neither a command for this object nor a trace of this"),
};

const USER_MAPS = {
  UserNS: seen("user", "the annotation `io.podman.annotations.userns`"),
  UIDMap: seen("user", "`HostConfig.IDMappings.UidMap`"),
  GIDMap: seen("user", "`HostConfig.IDMappings.GidMap`"),
  SubUIDMap: unseen("user", "podman shows the map that it makes of it, but not the name in /etc/subuid"),
  SubGIDMap: unseen("user", "podman shows the map that it makes of it, but not the name in /etc/subgid"),
  RemapUsers: seen("user", "the annotation `io.podman.annotations.userns`"),
  RemapUid: seen("user", "`HostConfig.IDMappings.UidMap`"),
  RemapGid: seen("user", "`HostConfig.IDMappings.GidMap`"),
  RemapUidSize: seen("user", "the annotation `io.podman.annotations.userns`"),
};

const NAMES = {
  AddHost: seen("hosts", "`HostConfig.ExtraHosts`"),
  DNS: seen("dns", "`HostConfig.Dns`"),
  DNSOption: seen("dns", "`HostConfig.DnsOptions`"),
  DNSSearch: seen("dns", "`HostConfig.DnsSearch`"),
  HostName: seen("hostname", "`Config.Hostname`"),
  IP: seen("networks", "`NetworkSettings.Networks.*.IPAddress` while it runs"),
  IP6: seen("networks", "`NetworkSettings.Networks.*.GlobalIPv6Address` while it runs"),
  Network: seen("networks", "`NetworkSettings.Networks`, `HostConfig.NetworkMode`"),
  NetworkAlias: seen("aliases", "`NetworkSettings.Networks.*.Aliases`"),
  PublishPort: seen("ports", "`HostConfig.PortBindings`"),
  ShmSize: seen("shm", "`HostConfig.ShmSize`"),
  Volume: seen("volumes", "`Mounts`; its options `z`, `Z`, `U` by the command that made the container"),
};

const CONTAINER: Readonly<Record<string, KeySource>> = {
  ...SHARED,
  ...USER_MAPS,
  ...NAMES,
  AddCapability: seen("capabilities", "`BoundingCaps`"),
  AddDevice: seen(
    "devices",
    "`HostConfig.Devices` of rootful containers; podman lists none of rootless ones",
  ),
  Annotation: seen("annotations", "`Config.Annotations`"),
  AppArmor: seen("security", "`HostConfig.SecurityOpt`"),
  AutoUpdate: seen("labels", "`Config.Labels`"),
  CgroupsMode: seen("cgroups", "`State.CgroupPath`, `HostConfig.Cgroups`"),
  ContainerName: seen("name", "`Name`"),
  DropCapability: seen("capabilities", "`BoundingCaps`"),
  Entrypoint: seen("command", "`Config.Entrypoint`"),
  Environment: seen("environment", "`Config.Env`"),
  EnvironmentFile: seen("environment", "the file's values against `Config.Env`"),
  EnvironmentHost: unseen("made-from", HIDDEN),
  Exec: seen("command", "`Config.Cmd`"),
  ExposeHostPort: seen("exposed", "`Config.ExposedPorts`"),
  Group: seen("user", "`Config.User`"),
  GroupAdd: seen("user", "`HostConfig.GroupAdd`"),
  HealthCmd: seen("health", "`Config.Healthcheck.Test`"),
  HealthInterval: seen("health", "`Config.Healthcheck.Interval`"),
  HealthLogDestination: seen("health", "`Config.HealthLogDestination`"),
  HealthMaxLogCount: seen("health", "`Config.HealthcheckMaxLogCount`"),
  HealthMaxLogSize: seen("health", "`Config.HealthcheckMaxLogSize`"),
  HealthOnFailure: seen("health", "`Config.HealthcheckOnFailureAction`"),
  HealthRetries: seen("health", "`Config.Healthcheck.Retries`"),
  HealthStartPeriod: seen("health", "`Config.Healthcheck.StartPeriod`"),
  HealthStartupCmd: seen("health", "`Config.StartupHealthCheck.Test`"),
  HealthStartupInterval: seen("health", "`Config.StartupHealthCheck.Interval`"),
  HealthStartupRetries: seen("health", "`Config.StartupHealthCheck.Retries`"),
  HealthStartupSuccess: seen("health", "`Config.StartupHealthCheck.Successes`"),
  HealthStartupTimeout: seen("health", "`Config.StartupHealthCheck.Timeout`"),
  HealthTimeout: seen("health", "`Config.Healthcheck.Timeout`"),
  HttpProxy: unseen("made-from", HIDDEN),
  Image: seen("image", "`ImageName`, and `Image` against the id of the local image of that name"),
  Label: seen("labels", "`Config.Labels`; those of Traefik in `traefik`"),
  LogDriver: seen("log", "`HostConfig.LogConfig.Type`"),
  LogOpt: seen("log", "`HostConfig.LogConfig` for path, max-size and tag"),
  Mask: unseen("security", HIDDEN),
  Memory: seen("memory", "`HostConfig.Memory`"),
  Mount: seen(
    "volumes",
    "`Mounts`, `HostConfig.Tmpfs`; glob, devpts and ramfs by the command that made the container",
  ),
  NoNewPrivileges: seen("security", "`HostConfig.SecurityOpt`"),
  Notify: seen("notify", "`Config.sdNotifyMode`"),
  PidsLimit: seen("tasks", "`HostConfig.PidsLimit`"),
  Pod: seen("pod", "`Pod`, by the pod's service"),
  PodmanArgs: unseen("made-from", ANY_FLAG),
  Pull: unseen("made-from", FETCH),
  ReadOnly: seen("security", "`HostConfig.ReadonlyRootfs`"),
  ReadOnlyTmpfs: unseen("security", HIDDEN),
  ReloadCmd: service(ONLY_SERVICE),
  ReloadSignal: service(ONLY_SERVICE),
  Retry: unseen("made-from", FETCH),
  RetryDelay: unseen("made-from", FETCH),
  Rootfs: seen("image", "`Rootfs`"),
  RunInit: seen("init", "`HostConfig.Init`"),
  SeccompProfile: seen("security", "`HostConfig.SecurityOpt`; podman does not keep the profile's content"),
  Secret: seen(
    "secrets",
    "`Config.Secrets` with id, owner and mode; for a variable, the time at which the secret was set",
  ),
  SecurityLabelDisable: seen("security", "`HostConfig.SecurityOpt`"),
  SecurityLabelFileType: seen("security", "`HostConfig.SecurityOpt`"),
  SecurityLabelLevel: seen("security", "`HostConfig.SecurityOpt`"),
  SecurityLabelNested: unseen("security", HIDDEN),
  SecurityLabelType: seen("security", "`HostConfig.SecurityOpt`"),
  StartWithPod: service("it is part of the pod's service, which starts the container"),
  StopSignal: seen("stop", "`Config.StopSignal`"),
  StopTimeout: seen("stop", "`Config.StopTimeout`"),
  Sysctl: unseen("made-from", HIDDEN),
  Timezone: seen("timezone", "`Config.Timezone`"),
  Tmpfs: seen("volumes", "`HostConfig.Tmpfs`"),
  Ulimit: seen("ulimits", "`HostConfig.Ulimits`"),
  Unmask: unseen("security", HIDDEN),
  User: seen("user", "`Config.User`"),
  VolatileTmp: seen("volumes", "`HostConfig.Tmpfs`"),
  WorkingDir: seen("workdir", "`Config.WorkingDir`"),
};

const POD: Readonly<Record<string, KeySource>> = {
  ...SHARED,
  ...USER_MAPS,
  ...NAMES,
  ExitPolicy: seen("exit-policy", "`ExitPolicy` of the pod"),
  Label: seen("labels", "`Labels` of the pod"),
  PodName: seen("state", "`Name`: a pod of another name is missing"),
  PodmanArgs: unseen("made-from", ANY_FLAG),
  StopTimeout: service("it is part of the command that stops the pod"),
};

const NETWORK: Readonly<Record<string, KeySource>> = {
  ...SHARED_UNNOTED,
  DNS: seen("dns", "`network_dns_servers`"),
  DisableDNS: seen("dns-disabled", "`dns_enabled`"),
  Driver: seen("driver", "`driver`"),
  Gateway: seen("gateway", "`subnets[].gateway`"),
  IPAMDriver: seen("ipam", "`ipam_options.driver`"),
  IPRange: seen("ip-range", "`subnets[].lease_range`"),
  IPv6: seen("ipv6", "`ipv6_enabled`"),
  InterfaceName: seen("interface", "`network_interface`"),
  Internal: seen("internal", "`internal`"),
  Label: seen("labels", "`labels`"),
  NetworkDeleteOnStop: service(ONLY_SERVICE),
  NetworkName: seen("state", "`name`: a network of another name is missing"),
  Options: seen("options", "`options`; `parent` against `network_interface`"),
  PodmanArgs: service("podman records no command for a network; known flags are compared in their fields"),
  Subnet: seen("subnet", "`subnets[].subnet`"),
};

const VOLUME: Readonly<Record<string, KeySource>> = {
  ...SHARED_UNNOTED,
  Copy: seen("options", "`Options`"),
  Device: seen("options", "`Options.device`"),
  Driver: seen("driver", "`Driver`"),
  Group: seen("options", "`Options.o`"),
  Image: seen("options", "`Options.image`"),
  Label: seen("labels", "`Labels`"),
  Options: seen("options", "`Options.o`"),
  PodmanArgs: service("podman records no command for a volume; known flags are compared in their fields"),
  Type: seen("options", "`Options.type`"),
  User: seen("options", "`Options.o`"),
  VolumeName: seen("state", "`Name`: a volume of another name is missing"),
};

const KUBE: Readonly<Record<string, KeySource>> = {
  ...SHARED_UNNOTED,
  AutoUpdate: seen("labels", "`Config.Labels` of the containers"),
  ConfigMap: service(PLAYED),
  ExitCodePropagation: seen("exit-codes", "`KubeExitCodePropagation` of the service's container"),
  KubeDownForce: service(ONLY_SERVICE),
  LogDriver: seen("log", "`HostConfig.LogConfig.Type` of the containers"),
  LogOpt: seen("log", "`HostConfig.LogConfig` of the containers"),
  Network: seen("networks", "`NetworkSettings.Networks` of the pods"),
  PodmanArgs: service(PLAYED),
  PublishPort: seen("ports", "`HostConfig.PortBindings` of the pods"),
  RemapGid: service(PLAYED),
  RemapUid: service(PLAYED),
  RemapUidSize: seen("user", "the annotation `io.podman.annotations.userns` of the pods"),
  RemapUsers: seen("user", "the annotation `io.podman.annotations.userns` of the pods"),
  SetWorkingDirectory: service(ONLY_SERVICE),
  UserNS: seen("user", "the annotation `io.podman.annotations.userns` of the pods"),
  Yaml: seen(
    "containers",
    "names and images of the containers; command and variables in fields of their own",
  ),
};

const IMAGE: Readonly<Record<string, KeySource>> = {
  ...SHARED_UNNOTED,
  AllTags: service(FETCH),
  Arch: seen("platform", "`Architecture` of the image"),
  AuthFile: service(FETCH),
  CertDir: service(FETCH),
  Creds: service(FETCH),
  DecryptionKey: service(FETCH),
  Image: seen("state", "whether an image of that name is there"),
  ImageTag: service("it is the name by which other units know the image"),
  OS: seen("platform", "`Os` of the image"),
  PodmanArgs: service(FETCH),
  Policy: service(FETCH),
  Retry: service(FETCH),
  RetryDelay: service(FETCH),
  TLSVerify: service(FETCH),
  Variant: service("`podman image inspect` does not show it"),
};

const BUILD: Readonly<Record<string, KeySource>> = {
  ...SHARED_UNNOTED,
  Annotation: seen("annotations", "`Annotations` of the image"),
  Arch: seen("platform", "`Architecture` of the image"),
  AuthFile: service(FETCH),
  BuildArg: service(BUILT),
  DNS: service(BUILT),
  DNSOption: service(BUILT),
  DNSSearch: service(BUILT),
  Environment: seen("environment", "`Config.Env` of the image"),
  File: service(BUILT),
  ForceRM: service(BUILT),
  GroupAdd: service(BUILT),
  IgnoreFile: service(BUILT),
  ImageTag: seen("tags", "`RepoTags` of the image"),
  Label: seen("labels", "`Labels` of the image"),
  Network: service(BUILT),
  PodmanArgs: service(BUILT),
  Pull: service(FETCH),
  Retry: service(FETCH),
  RetryDelay: service(FETCH),
  Secret: service(BUILT),
  SetWorkingDirectory: service(BUILT),
  TLSVerify: service(FETCH),
  Target: service(BUILT),
  Variant: service("`podman image inspect` does not show it"),
  Volume: service(BUILT),
};

/**
 * Settings that a row of limits compares by value. The D-Bus property has the setting's name, with one
 * exception.
 */
const LIMITS: Readonly<Record<string, string>> = {
  MemoryMin: "memory",
  MemoryLow: "memory",
  MemoryHigh: "memory",
  MemoryMax: "memory",
  MemorySwapMax: "memory",
  MemoryZSwapMax: "memory",
  CPUQuota: "cpu",
  CPUWeight: "cpu",
  StartupCPUWeight: "cpu",
  TasksMax: "tasks",
  IOWeight: "io",
  StartupIOWeight: "io",
};

/** Settings of systemd.resource-control(5) that are compared by the loaded text and its drop-ins. */
const BY_TEXT =
  "AllowedCPUs AllowedMemoryNodes BPFProgram BindNetworkInterface BlockIOAccounting BlockIODeviceWeight " +
  "BlockIOReadBandwidth BlockIOWeight BlockIOWriteBandwidth CPUAccounting CPUPressureThresholdSec " +
  "CPUPressureWatch CPUQuotaPeriodSec CPUSetPartition CPUShares CoredumpReceive DefaultMemoryLow " +
  "DefaultMemoryMin DefaultStartupMemoryLow Delegate DelegateSubgroup DeviceAllow DevicePolicy " +
  "DisableControllers IOAccounting IODeviceLatencyTargetSec IODeviceWeight IOPressureThresholdSec " +
  "IOPressureWatch IOReadBandwidthMax IOReadIOPSMax IOWriteBandwidthMax IOWriteIOPSMax IPAccounting " +
  "IPAddressAllow IPAddressDeny IPEgressFilterPath IPIngressFilterPath ManagedOOMMemoryPressure " +
  "ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference ManagedOOMSwap " +
  "MemoryAccounting MemoryLimit MemoryPressureThresholdSec MemoryPressureWatch MemoryZSwapWriteback " +
  "NFTSet OOMRules RestrictNetworkInterfaces Slice SocketBindAllow SocketBindDeny StartupAllowedCPUs " +
  "StartupAllowedMemoryNodes StartupBlockIOWeight StartupCPUShares StartupMemoryHigh StartupMemoryLow " +
  "StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax TasksAccounting";

const SERVICE: Readonly<Record<string, KeySource>> = {
  ...Object.fromEntries(
    Object.entries(LIMITS).map(([key, field]) => [
      key,
      seen(field, `\`${key === "CPUQuota" ? "CPUQuotaPerSecUSec" : key}\` of the loaded service`),
    ]),
  ),
  ...Object.fromEntries(
    BY_TEXT.split(" ").map((key) => [
      key,
      seen("loaded", "the text that systemd has loaded, and drop-ins that change it"),
    ]),
  ),
};

function rows(section: string, keys: Readonly<Record<string, KeySource>>): readonly KeyRow[] {
  return Object.entries(keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, row]) => ({ section, key, ...row }));
}

/**
 * Every key of the Quadlet sections of podman 5.8, and every [Service] setting that affects the cgroup. A row
 * has the field that shows a difference and what the key is compared with. docs/drift-keys.md is this table.
 */
export const KEY_ROWS: readonly KeyRow[] = [
  ...rows("Container", CONTAINER),
  ...rows("Pod", POD),
  ...rows("Network", NETWORK),
  ...rows("Volume", VOLUME),
  ...rows("Kube", KUBE),
  ...rows("Image", IMAGE),
  ...rows("Build", BUILD),
  ...rows("Service", SERVICE),
];
