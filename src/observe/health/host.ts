import type { Host, Podman, Systemd } from "../../model/host.ts";

/** The part of a host that the question for its health needs. */
export interface HealthHost extends Pick<Host, "facts" | "processes" | "files" | "clock"> {
  readonly podman: Pick<Podman, "containers" | "store">;
  readonly systemd: Pick<Systemd, "failedUnits" | "restartingUnits" | "services">;
}
