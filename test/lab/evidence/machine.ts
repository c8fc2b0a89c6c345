import type { ContainerEvent, Happening, Moment } from "../../../src/model/evidence.ts";
import type { Host } from "../../../src/model/host.ts";
import type { Lab, LabUser } from "../harness/lab.ts";
import { startRemoteHost } from "../remote-host.ts";

/** A user's or the system's services in a lab, and what the real host says of them. */
export interface Machine {
  readonly host: Host;
  readonly rootless: boolean;
  /** Runs a bash script; `CTL` in it is systemctl for the manager. */
  sh(script: string): Promise<string>;
  /** Writes unit files and loads them. */
  put(units: ReadonlyMap<string, string>): Promise<void>;
  now(): { readonly since: Moment; readonly wallMs: number };
  close(): Promise<void>;
}

export async function openMachine(lab: Lab, user: LabUser): Promise<Machine> {
  const { host, kill } = await startRemoteHost(lab, user);
  const ctl = host.facts.rootless ? "systemctl --user" : "systemctl";
  return {
    host,
    rootless: host.facts.rootless,
    sh: async (script) => (await lab.sh(script.replaceAll("CTL", ctl), { user, reject: false })).all,
    put: async (units) => {
      for (const [name, text] of units) await host.files.write(`${host.facts.unitDir}/${name}`, text);
      await host.systemd.daemonReload();
    },
    now: () => ({ since: { boot: host.facts.bootId, ms: host.clock.ticks() }, wallMs: Date.now() }),
    close: kill,
  };
}

/** What the journal says of a service, in short: `failed(exit-code)`, `stopped/restart`. */
export function told(happenings: readonly Happening[] | undefined, service: string): string {
  if (happenings === undefined) return "not known";
  const own = happenings.filter((one) => one.service === service || one.kind === "manager-started");
  return own
    .map(({ kind, job = "", result = "done" }) => {
      return `${kind}${job && `/${job}`}${result === "done" ? "" : `(${result})`}`;
    })
    .join(" ");
}

/**
 * podman's events of a service's containers, in short. Leaves out checks that passed, commands in the container,
 * and `stop`, which only some versions write, and not always.
 */
export function eventsOf(events: readonly ContainerEvent[] | undefined, service: string): string {
  if (events === undefined) return "not known";
  const own = events.filter((one) => one.service === service && !/^(exec|stop$)/.test(one.status));
  return own.flatMap(({ status, health }) => (health === "healthy" ? [] : (health ?? status))).join(" ");
}
