import { formatDecimalSize, parseDecimalSize } from "../../lib/decimal-size.ts";
import { lastValue, type Part, partsRow, shownAt } from "../row-builders/parts-row.ts";

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

/** Where the container logs to, and how much it keeps. */
export const log = partsRow("log", [
  {
    part: "driver",
    flag: "log-driver",
    // podman 4.4 writes `passthrough` for every container.
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
