/** systemd's `Restart=` of a service. */
export type Restart = "no" | "on-failure" | "always";

/** A way in which a service ends or is ended, and what is told of it. */
export interface End {
  readonly name: string;
  /** More lines of `[Container]`. */
  readonly container?: string;
  /** The command that ends it; `CTL` is systemctl for the manager, `NAME` the container. */
  readonly command: string;
  /** What the journal says before an automatic restart; `~` marks what only the system's manager says. */
  readonly journal: string;
  /** podman's events before an automatic restart. */
  readonly events: string;
  /** The same for containers of the system, if they differ. */
  readonly rootfulEvents?: string;
  /** The settings of `Restart=` with which systemd starts it again. */
  readonly again: readonly Restart[];
}

export const RESTARTS: readonly Restart[] = ["no", "on-failure", "always"];

/** What the journal and podman say of an automatic restart. */
export const AGAIN = {
  journal: "restart-scheduled starting/start started/start",
  events: "create init start",
} as const;

export const STOPPED = { journal: "stopping/stop ~succeeded stopped/stop", events: "died remove", again: [] };
export const RESTARTED = {
  journal: "stopping/stop ~succeeded stopped/restart starting/start started/start",
  events: "died remove create init start",
  again: [],
};
const ENDED: Pick<End, "journal" | "events" | "again"> = {
  journal: "~succeeded",
  events: "died remove",
  again: ["always"],
};
export const FAILED: Pick<End, "journal" | "events" | "again"> = {
  journal: "exited failed(exit-code)",
  events: "died remove",
  again: ["on-failure", "always"],
};

/** The program looks for this file, and ends with the status in it. */
const ends = (status: number) => `podman exec NAME sh -c 'echo ${status} >/e && mv /e /end'`;

export const ENDS: readonly End[] = [
  { name: "stop", command: "CTL stop NAME", ...STOPPED },
  { name: "restart", command: "CTL restart NAME", ...RESTARTED },
  { name: "podman-kill", command: "podman kill NAME", ...FAILED, events: "kill died remove" },
  {
    name: "podman-restart",
    command: "podman restart NAME",
    ...ENDED,
    events: "restart died init start died remove",
  },
  { name: "podman-stop", command: "podman stop NAME", ...ENDED },
  { name: "podman-rm", command: "podman rm -f NAME", ...ENDED },
  { name: "systemctl-kill", command: "CTL kill NAME", ...ENDED },
  { name: "ends-0", command: ends(0), ...ENDED },
  { name: "ends-3", command: ends(3), ...FAILED },
  { name: "killed", command: "kill -KILL $(podman inspect --format {{.State.Pid}} NAME)", ...FAILED },
  {
    name: "unhealthy",
    container: "HealthCmd=test ! -e /sick\nHealthInterval=1s\nHealthRetries=1\nHealthOnFailure=kill",
    command: "podman exec NAME touch /sick",
    ...FAILED,
    events: "unhealthy kill died remove",
    // The health check of the system's podman is ended with the container, before it says what it did.
    rootfulEvents: "unhealthy remove",
  },
];

/** Ends well on SIGTERM. */
const PROGRAM = `sh -c "trap 'exit 0' TERM; until test -e /end; do sleep 0.1; done; exit $$(cat /end)"`;

/** The text of a container's unit. */
export function unitOf(
  name: string,
  restart: Restart,
  { unit = "", container = "", program = PROGRAM } = {},
): string {
  return `[Unit]
${unit}
[Container]
Image=docker.io/library/busybox:1.37
ContainerName=${name}
Exec=${program}
${container}
[Service]
Restart=${restart}
`;
}
