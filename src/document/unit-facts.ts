import type { Unit } from "../model/unit.ts";

/**
 * What people want to know about a container, read from its Quadlet text. Never reads what may hold a secret.
 */
export interface ContainerFacts {
  readonly unit: string;
  readonly service: string | null;
  readonly name: string;
  readonly image: string;
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly ports: readonly string[];
  readonly devices: readonly string[];
  /** Names of podman secrets. */
  readonly secrets: readonly string[];
  /** `MemoryMax=4G` and the like, in the order of the unit. */
  readonly limits: readonly string[];
  readonly checked: boolean;
}

interface Line {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

const LIMITS =
  /^(Memory|CPU|IO|Startup|Tasks|Nice$|Slice$|LimitNOFILE$|Ulimit$|PidsLimit$|ShmSize$|TimeoutStartSec$)/;

/** The containers among an instance's units; drop-ins of a unit count as its own lines. */
export function containerFacts(
  units: readonly Unit[],
  services: ReadonlyMap<string, string>,
): readonly ContainerFacts[] {
  return units
    .filter(({ kind }) => kind === "container")
    .map((unit) => {
      const more = units.filter(({ kind, name }) => kind === "dropin" && name.startsWith(`${unit.name}.d/`));
      return factsOf(
        unit.name,
        [unit, ...more].flatMap(({ content }) => linesOf(content)),
        services,
      );
    });
}

function factsOf(
  unit: string,
  lines: readonly Line[],
  services: ReadonlyMap<string, string>,
): ContainerFacts {
  const all = (key: string) =>
    lines.flatMap((line) =>
      line.section === "Container" && line.key === key && line.value ? [line.value] : [],
    );
  const stem = unit.replace(/\.container$/, "");
  return {
    unit,
    service: services.get(unit) ?? null,
    name: all("ContainerName").at(-1) ?? `systemd-${stem}`,
    image: all("Image").at(-1) ?? all("Rootfs").at(-1) ?? "",
    networks: all("Network").map((network) => network.replace(/\.network(?=:|$)/, "")),
    volumes: [...all("Volume"), ...all("Mount"), ...all("Tmpfs").map((path) => `tmpfs:${path}`)],
    ports: all("PublishPort"),
    devices: all("AddDevice"),
    secrets: all("Secret").map((secret) => secret.split(",")[0] ?? ""),
    limits: lines.filter(({ key }) => LIMITS.test(key)).map(({ key, value }) => `${key}=${value}`),
    checked: all("HealthCmd").some((command) => command.toLowerCase() !== "none"),
  };
}

/** The `key=value` lines of a unit, with continuations joined; `%%` is a percent sign. */
function linesOf(text: string): readonly Line[] {
  let section = "";
  const lines: Line[] = [];
  for (const line of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const opened = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    const pair = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (opened !== undefined) section = opened;
    else if (pair) lines.push({ section, key: pair[1] ?? "", value: (pair[2] ?? "").replaceAll("%%", "%") });
  }
  return lines;
}
