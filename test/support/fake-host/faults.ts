import { QuadgateError } from "../../../src/model/errors.ts";
import type { Host } from "../../../src/model/host.ts";

/** Calls that change something; all others only look. */
const EFFECTS: Readonly<Partial<Record<keyof Host, readonly string[]>>> = {
  files: ["write", "append", "remove", "removeEmptyFolder"],
  folders: ["make", "adapt"],
  git: ["fetch", "revertTo"],
  podman: [
    "exec",
    "healthcheck",
    "bringImage",
    "tag",
    "untag",
    "removeContainer",
    "removePod",
    "removeNetwork",
  ],
  systemd: ["daemonReload", "restart", "start", "stop", "resetFailed", "enable", "disable"],
  lock: ["acquire"],
};

/** Facts that need no process or file, and cannot fail. */
const IMMEDIATE: ReadonlySet<string> = new Set(["now", "ticks", "timezone"]);

const PORTS = [
  "processes",
  "files",
  "folders",
  "git",
  "podman",
  "systemd",
  "quadlet",
  "lock",
  "clock",
] as const;

/**
 * What happens at a call. `dies`: the process is killed before the call gets through, as by kill -9, and nothing
 * it tries afterwards does. `fails`: the call does nothing and throws. `lost`: it does its work and throws.
 */
export type Fault = "dies" | "fails" | "lost";

/** What one process does to a host, and what goes wrong in it. */
export interface Process {
  readonly host: Host;
  /** Calls so far that change something, in order: `systemd.restart web.service`. */
  readonly effects: readonly string[];
  /** Calls so far, of both kinds. */
  readonly calls: () => number;
  /** As by kill -9: nothing that it tries afterwards gets through. */
  readonly kill: () => void;
}

export interface FaultOptions {
  readonly fault: Fault;
  /** The call at which it happens, counted from 1. */
  readonly at: number;
  /** Whether only calls that change something are counted. */
  readonly among: "effects" | "calls";
}

/** Puts a process between quadgate and a host. `onDeath` is what the kernel does then: it releases locks. */
export function withFaults(
  host: Omit<Host, "within">,
  options: FaultOptions | undefined,
  onDeath: () => void,
): Process {
  const effects: string[] = [];
  let calls = 0;
  let dead = false;
  const isDue = (isEffect: boolean) =>
    options !== undefined &&
    (options.among === "effects" ? isEffect && effects.length === options.at : calls === options.at);
  const call = async (name: string, isEffect: boolean, args: readonly unknown[], run: () => unknown) => {
    if (dead) throw new Killed();
    calls += 1;
    if (isEffect)
      effects.push([name, ...args.filter((arg) => typeof arg === "string").slice(0, 1)].join(" "));
    if (!isDue(isEffect)) return guard(await run());
    if (options?.fault === "dies") {
      dead = true;
      await halfOf(host, name, args);
      onDeath();
      throw new Killed();
    }
    // The real lock gives itself back when taking it fails.
    if (options?.fault === "lost" && name !== "lock.acquire") await run();
    throw new QuadgateError("command-failed", `${name}: an injected failure`);
  };
  const kill = () => {
    dead = true;
    onDeath();
  };
  /** What is given back may be called too: a lock's release. */
  const guard = (value: unknown) =>
    typeof value !== "function"
      ? value
      : async () => {
          if (dead) throw new Killed();
          return value();
        };
  const ports = Object.fromEntries(
    PORTS.map((port) => [port, intercept(host[port], port, EFFECTS[port] ?? [], call)]),
  );
  const wrapped = { ...host, ...ports };
  return { host: { ...wrapped, within: () => wrapped }, effects, calls: () => calls, kill };
}

class Killed extends Error {
  constructor() {
    super("killed");
  }
}

/** A folder is removed file by file: death may leave a part of it. */
async function halfOf(
  { files }: Pick<Host, "files">,
  name: string,
  [path]: readonly unknown[],
): Promise<void> {
  if (name !== "files.remove" || typeof path !== "string") return;
  const [first, second] = await files.list(path);
  if (first !== undefined && second !== undefined) await files.remove(`${path}/${first}`);
}

type Call = (
  name: string,
  isEffect: boolean,
  args: readonly unknown[],
  run: () => unknown,
) => Promise<unknown>;

function intercept<T extends object>(port: T, name: string, effects: readonly string[], call: Call): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || typeof key !== "string" || IMMEDIATE.has(key)) {
        return typeof value === "function" ? value.bind(target) : value;
      }
      return (...args: unknown[]) =>
        call(`${name}.${key}`, effects.includes(key), args, () => value.apply(target, args));
    },
  });
}
