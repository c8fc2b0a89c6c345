import { expect } from "vitest";
import type { Inventory } from "../../src/model/inventory.ts";
import type { LabProcess } from "../lab/harness/enter.ts";
import type { Homelab, SyncDocument } from "./flow-homelab.ts";
import { container, desired } from "./flow-left-alone.ts";

/** A container that runs until it is told to stop. */
export function holds(name: string, more = "", label = ""): string {
  return `${container(name, `Exec=hold\n${label === "" ? "" : `Label=text=${label}\n`}`)}${more}`;
}

export interface End {
  readonly after: number;
  readonly status: number;
  readonly restart?: string;
  /** More lines of [Container]. */
  readonly more?: string;
}

/** A container that says something and ends. */
export function ends(name: string, { after, status, restart = "no", more = "" }: End): string {
  const command = `Exec=sh -c 'echo last words of ${name}; sleep ${after}; exit ${status}'\n`;
  return `${container(name, `StopTimeout=1\n${command}${more}`)}[Service]\nRestart=${restart}\n`;
}

/** Pushes files of desired-state. */
export async function push({ repo }: Homelab, files: Readonly<Record<string, string>>): Promise<void> {
  await repo.commitAndPush(desired(files), "Change the homelab");
}

/** Deploys what must go well. */
export async function deployed(home: Homelab, files: Readonly<Record<string, string>>): Promise<void> {
  await push(home, files);
  const { exitCode, document, stderr } = await home.ask("reconcile", "--yes");
  expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
}

/** What quadgate knows of the host. */
export async function inventoryOf({ lab, stateDir }: Homelab): Promise<Inventory> {
  return JSON.parse(await lab.read(`${stateDir}/inventory.json`)) as Inventory;
}

/** What a container runs, or `none`. */
export async function commandOf({ sh }: Homelab, name: string): Promise<string> {
  const running = `podman container inspect -f '{{if .State.Running}}{{.Config.Cmd}}{{end}}' ${name} 2>/dev/null`;
  return sh(`${running} || echo none`);
}

/** A sync that goes on while the test does something. */
export interface SyncUnderWay {
  readonly child: LabProcess;
  /** What it printed, once it has ended. */
  end(): Promise<{ readonly exitCode: number; readonly document: SyncDocument; readonly endedMs: number }>;
}

/** Waits until the service runs with a container that has this label. */
export async function startedWith({ sh, user }: Homelab, name: string, label: string): Promise<void> {
  await sh(`
    until [ "$(podman container inspect -f '{{index .Config.Labels "text"}}' ${name} 2>/dev/null)" = ${label} ] &&
      systemctl ${user === "root" ? "" : "--user"} is-active --quiet ${name}.service
    do sleep 0.1; done`);
}

/** Starts a sync, and returns it once the service runs with a container that has this label. */
export async function beginSync(home: Homelab, name: string, label: string): Promise<SyncUnderWay> {
  const { lab, user } = home;
  const child = lab.spawn(["quadgate", "reconcile", "--yes", "--output", "json"], { user });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await startedWith(home, name, label);
  return {
    child,
    end: async () => {
      const { exitCode } = await child;
      return { exitCode: exitCode ?? -1, document: JSON.parse(said) as SyncDocument, endedMs: Date.now() };
    },
  };
}
