import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { CommandError, type FailureReason, QuadgateError } from "../../src/model/errors.ts";
import type { Host, HostFacts } from "../../src/model/host.ts";
import type { Lab, LabUser } from "./harness/lab.ts";
import { checkout } from "./harness/paths.ts";

const AGENT = "/home/homelab/host-agent.mjs";
const PORTS = ["processes", "files", "git", "podman", "systemd", "quadlet", "lock"] as const;

/** Puts the program into a lab that `startRemoteHost` runs there. */
export async function installAgent(lab: Lab): Promise<void> {
  const bundle = await build({
    entryPoints: [join(checkout, "test/lab/host-agent.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    write: false,
  });
  await lab.write(AGENT, bundle.outputFiles[0]?.text ?? "");
}

interface Failure {
  readonly message: string;
  readonly reason?: FailureReason;
  readonly command?: string;
  readonly exitCode?: number;
  readonly stderr?: string;
}

interface Message {
  readonly facts?: HostFacts;
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: Failure;
}

/**
 * A process in the lab whose real host is called from here, as homelab unless told otherwise. Time is this
 * process's own.
 */
export async function startRemoteHost(
  lab: Lab,
  user: LabUser = "homelab",
): Promise<{ readonly host: Host; kill(): Promise<void> }> {
  const child = lab.spawn(["node", AGENT], { user });
  const open = new Map<number, (message: Message) => void>();
  let count = 0;
  const call = (port: string, method: string, args: readonly unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      count += 1;
      open.set(count, ({ value, error }) => {
        if (error) reject(errorOf(error));
        else resolve(value);
      });
      child.stdin?.write(`${JSON.stringify({ id: count, port, method, args })}\n`);
    });
  const revive = (_key: string, value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if ("$map" in value) return new Map(value.$map as [unknown, unknown][]);
    if ("$kept" in value) return () => call("kept", String(value.$kept), []);
    return value;
  };
  const facts = await new Promise<HostFacts>((resolve) => {
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      const message: Message = JSON.parse(line, revive);
      if (message.facts) resolve(message.facts);
      else open.get(message.id ?? 0)?.(message);
    });
  });
  const ports = Object.fromEntries(PORTS.map((port) => [port, remotePort(port, call)]));
  const clock = {
    now: () => new Date(),
    ticks: () => Math.round(Number(process.hrtime.bigint()) / 1e6),
    timezone: () => "UTC",
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  return {
    host: { ...(ports as unknown as Omit<Host, "facts" | "clock">), facts, clock },
    kill: async () => {
      child.kill("SIGKILL");
      await child;
    },
  };
}

function remotePort(port: string, call: (port: string, method: string, args: readonly unknown[]) => unknown) {
  return new Proxy(
    {},
    {
      get:
        (_target, method) =>
        (...args: unknown[]) =>
          call(port, String(method), args),
    },
  );
}

function errorOf({ message, reason, command, exitCode, stderr }: Failure): Error {
  if (command !== undefined) return new CommandError(command, exitCode, stderr ?? "");
  return reason === undefined ? new Error(message) : new QuadgateError(reason, message);
}
