import { expect } from "vitest";
import { type Answer, codesOf, type Homelab, type SyncDocument } from "./flow-homelab.ts";

/** Unhealthy after a second. */
export const NEVER_HEALTHY = "HealthCmd=false\nHealthInterval=1s\nHealthRetries=1\n";

/** A raw Quadlet whose container is called `name`; `more` are lines of [Container], `unit` such of [Unit]. */
export function container(name: string, more = "", unit = ""): string {
  const head = unit === "" ? "" : `[Unit]\n${unit}\n`;
  return `${head}[Container]\nImage=localhost/busybox\nContainerName=${name}\n${more}`;
}

/** The paths in the repository: `app.pod` is `desired-state/app.pod`. */
export function desired(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`desired-state/${name}`, text]));
}

/** Every container that runs, with its id and the time of its start, and every pod with its id. */
export async function runningOn(home: Homelab): Promise<readonly string[]> {
  const script = `
    podman ps --no-trunc --format '{{.Names}} {{.ID}} since {{.StartedAt}}'
    podman pod ps --no-trunc --format 'pod {{.Name}} {{.Id}}'`;
  return (await home.sh(script))
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

/** The names of the containers that run. */
export async function namesOn(home: Homelab): Promise<readonly string[]> {
  return (await home.podman("ps", "--format", "{{.Names}}")).split("\n").toSorted();
}

/** Syncs so often, and expects of each sync that it changes, starts and stops nothing. */
export async function expectUntouched(home: Homelab, exitCode: number, times = 2): Promise<SyncDocument> {
  const before = await runningOn(home);
  for (;;) {
    const answer = await home.ask("reconcile", "--yes");
    expect(inShort(answer), answer.stderr).toEqual({ exitCode, outcomes: [] });
    expect(await runningOn(home)).toEqual(before);
    times -= 1;
    if (times === 0) return answer.document;
  }
}

/** The exit code and what was done. */
export function inShort({ exitCode, document }: Answer<SyncDocument>) {
  return { exitCode, outcomes: document.outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`) };
}

/** Why a unit is to be changed or is left alone: the codes. */
export function whyOf({ changes }: SyncDocument, unit: string): readonly string[] {
  return codesOf(changes.find((change) => change.unit === unit)?.reasons ?? []);
}

/** Takes everything off the host and out of the repository, whatever quadgate makes of it. */
export async function startOver(home: Homelab): Promise<void> {
  await home.sh(`
    cd ${home.unitDir} 2>/dev/null || exit 0
    services=$(podman ps -a --format '{{index .Labels "PODMAN_SYSTEMD_UNIT"}}' | grep . || true)
    rm -rf ${home.unitDir}/* ${home.stateDir}
    systemctl --user stop $services || true
    podman pod rm -fat0; podman rm -fat0; podman network prune -f; podman volume prune -af
    systemctl --user daemon-reload; systemctl --user reset-failed`);
  await home.repo.commitAndPush({ "desired-state": null }, "Start over");
}
