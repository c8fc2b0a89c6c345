import type { Host, Podman, Systemd } from "../../model/host.ts";

/** The questions to podman and systemd. */
export interface Managers {
  readonly podman: Pick<Podman, "containers" | "store">;
  readonly systemd: Pick<Systemd, "failedUnits" | "failedSystemUnits" | "restartingUnits" | "services">;
}

type Plain = Pick<Host, "facts" | "processes" | "files" | "clock">;

/** The parts of a host that the health report needs. */
export interface HealthHost extends Plain {
  within(timeoutMs: number): Managers;
}

/** The host that the built-in checks look at. Its podman and systemd answer in time, or throw. */
export interface LookedAt extends Plain, Managers {}
