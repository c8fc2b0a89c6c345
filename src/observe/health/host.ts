import type { Host, Podman, Systemd } from "../../model/host.ts";

/** What podman and systemd are asked. */
export interface Managers {
  readonly podman: Pick<Podman, "containers" | "store">;
  readonly systemd: Pick<Systemd, "failedUnits" | "failedSystemUnits" | "restartingUnits" | "services">;
}

type Plain = Pick<Host, "facts" | "processes" | "files" | "clock">;

/** The part of a host that the question for its health needs. */
export interface HealthHost extends Plain {
  within(timeoutMs: number): Managers;
}

/** What the built-in checks look at: a host whose podman and systemd answer in time, or throw. */
export interface LookedAt extends Plain, Managers {}
