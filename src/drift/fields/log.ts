import { formatDecimalSize, parseDecimalSize } from "../../lib/decimal-size.ts";
import { formatSize, parseSize } from "../../lib/size.ts";
import { at, type Json, objectAt, textAt } from "../../model/live.ts";
import { cleanPath } from "../../quadlet/argv/mounts.ts";
import { signalName } from "../../quadlet/argv/signal-names.ts";
import type { FieldRow } from "../row.ts";
import { lastValue, type Part, partsRow, setRow, textsAt } from "../row-builders/parts-row.ts";

/** The text at a path; undefined where there is none, which is no difference. */
const shownAt = (object: Json, ...path: readonly string[]) => textAt(object, ...path) || undefined;

const single = (flag: string, live: Part["live"], format?: (text: string) => string | undefined): Part => ({
  part: "",
  flag,
  declared: lastValue(format),
  live,
});

const whole: Partial<FieldRow> = { label: () => "" };

/** The name that the container has for itself. Unless it is declared, podman makes one up. */
export const hostname = partsRow(
  "hostname",
  [single("hostname", (container) => shownAt(container, "Config", "Hostname"))],
  whole,
);

export const workdir = partsRow(
  "workdir",
  [
    single(
      "workdir",
      (container) => {
        const path = textAt(container, "Config", "WorkingDir");
        return path === "" ? undefined : cleanPath(path);
      },
      cleanPath,
    ),
  ],
  whole,
);

export const timezone = partsRow(
  "timezone",
  [single("tz", (container) => shownAt(container, "Config", "Timezone"))],
  whole,
);

/** Whether podman's own init runs first. podman leaves the value out where it is false. */
export const init = partsRow(
  "init",
  [single("init", (container) => String(at(container, "HostConfig", "Init") === true))],
  whole,
);

export const shm = partsRow(
  "shm",
  [
    single(
      "shm-size",
      (container) => {
        const bytes = at(container, "HostConfig", "ShmSize");
        return typeof bytes === "number" && bytes > 0 ? formatSize(bytes) : undefined;
      },
      (text) => {
        const bytes = parseSize(text);
        return bytes === undefined ? text : formatSize(bytes);
      },
    ),
  ],
  whole,
);

/** How the container is asked to stop, and for how long. podman's API of version 4 shows the signal as a number. */
export const stop = partsRow("stop", [
  {
    part: "signal",
    flag: "stop-signal",
    declared: lastValue(signalName),
    live: (container) => {
      const signal = at(container, "Config", "StopSignal");
      return signal === undefined || signal === null ? undefined : signalName(String(signal));
    },
  },
  {
    part: "timeout",
    flag: "stop-timeout",
    declared: lastValue(),
    live: (container) => at(container, "Config", "StopTimeout")?.toString(),
  },
]);

/** systemd restarts containers, not podman: only `podman update --restart` makes it another policy. */
export const restart: FieldRow = partsRow(
  "restart",
  [
    {
      part: "",
      flag: "restart",
      declared: (values) => values.at(-1) || "no",
      live: (container) => {
        const name = textAt(container, "HostConfig", "RestartPolicy", "Name");
        const times = Number(at(container, "HostConfig", "RestartPolicy", "MaximumRetryCount") ?? 0);
        return name === "" ? undefined : times > 0 ? `${name}:${times}` : name;
      },
    },
  ],
  { ...whole, quiet: true, changedBy: () => "podman update" },
);

/** `json-file` is another name of `k8s-file`. */
const logDriver = (name: string) => (name === "json-file" ? "k8s-file" : name);

/** The quoted size that podman shows is rounded to four digits, as Go's units do. */
const logSize = (text: string) => {
  const bytes = parseDecimalSize(text);
  return bytes === undefined ? text : formatDecimalSize(bytes);
};

const logOption = (part: string, option: string, key: string, format?: (text: string) => string): Part => ({
  part,
  flag: "log-opt",
  declared: (values) => {
    const last = values.findLast((value) => value.startsWith(`${option}=`));
    const text = last?.slice(option.length + 1);
    return text === undefined || format === undefined ? text : format(text);
  },
  live: (container) => shownAt(container, "HostConfig", "LogConfig", key),
});

/** Options that podman does not show are compared with the command that made the container. */
const otherLogOptions: Part = {
  part: "options",
  flag: "log-opt",
  declared: (values) => {
    const others = values.filter((value) => !/^(path|max-size|tag)=/.test(value));
    return others.length === 0 ? undefined : [...others].sort().join(",");
  },
  live: () => undefined,
};

export const log = partsRow("log", [
  {
    part: "driver",
    flag: "log-driver",
    // podman 4.4 writes this one for every container.
    declared: lastValue((name) => (name === "passthrough" ? undefined : logDriver(name))),
    live: (container) => {
      const shown = shownAt(container, "HostConfig", "LogConfig", "Type");
      return shown === undefined ? undefined : logDriver(shown);
    },
  },
  logOption("path", "path", "Path"),
  logOption("size", "max-size", "Size", logSize),
  logOption("tag", "tag", "Tag"),
  otherLogOptions,
]);

/** Entries of /etc/hosts. */
export const hosts = setRow(
  "hosts",
  "add-host",
  (value) => [value],
  (container) => textsAt(container, "HostConfig", "ExtraHosts"),
);

/** containers.conf may add to what is declared. */
const dnsPart = (part: string, flag: string, key: string): Part => ({
  part,
  flag,
  declared: (values) => (values.length === 0 ? undefined : values.join(", ")),
  live: (container, expected) => {
    const live = textsAt(container, "HostConfig", key);
    if (live === undefined || expected === "none") return undefined;
    return expected.split(", ").every((one) => live.includes(one)) ? expected : live.join(", ") || "none";
  },
});

export const dns = partsRow("dns", [
  dnsPart("servers", "dns", "Dns"),
  dnsPart("options", "dns-option", "DnsOptions"),
  dnsPart("search", "dns-search", "DnsSearch"),
]);

/** Ports that are announced, not published. */
export const exposed = setRow(
  "exposed",
  "expose",
  (value) => {
    const match = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(value);
    if (!match) return [value];
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    const count = Math.min(Math.max(to - from + 1, 1), 65_536);
    return Array.from(
      { length: count },
      (_, index) => `${from + index}/${(match[3] ?? "tcp").toLowerCase()}`,
    );
  },
  (container) => Object.keys(objectAt(container, "Config", "ExposedPorts")),
);
