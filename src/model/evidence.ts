/** A moment of one boot on the monotonic clock, which changes of the time of day do not affect. */
export interface Moment {
  /** The kernel's id of the boot. */
  readonly boot: string;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly ms: number;
}

/** What systemd's journal says that happened to a service, by the journal's message ids. */
export type HappeningKind =
  /** A job began to start it. */
  | "starting"
  | "started"
  | "start-failed"
  /** A job to start it did nothing, because a `Condition...=` was not met. */
  | "skipped"
  /** A job began to stop it. */
  | "stopping"
  | "stopped"
  /** Its main process ended. systemd says so only if the process did not end with success. */
  | "exited"
  /** It became inactive after its processes had ended with success. */
  | "succeeded"
  /** It became failed, or waits for its automatic restart after a failure. */
  | "failed"
  /** systemd will start it again by itself (`Restart=`). */
  | "restart-scheduled"
  /**
   * systemd started it then, and the journal does not say so: what happened to it is not known. journald
   * drops messages of a user who writes very many.
   */
  | "unrecorded"
  /** The manager itself has started; the service is "". */
  | "manager-started";

/** One entry of the journal about a service. */
export interface Happening {
  /** `jellyfin.service`, or "" for the manager itself. */
  readonly service: string;
  readonly kind: HappeningKind;
  readonly at: Moment;
  /** Milliseconds since 1970, by the clock at that time: to compare with podman's events. */
  readonly wallMs: number;
  /** The run of the service that it belongs to; "" if the journal does not say. */
  readonly invocation: string;
  /** The type of the job (`start`, `stop`, `restart`); absent: no job, or the journal does not say. */
  readonly job?: string;
  /**
   * Of a failure, systemd's `Result=` (`exit-code`, `timeout`, ...); else of a job that is over: `done`,
   * `failed`, `dependency`, ...
   */
  readonly result?: string;
}

/** One of podman's events of a container. */
export interface ContainerEvent {
  /** The service that podman's label names; "" for a container without one. */
  readonly service: string;
  readonly container: string;
  /** podman's word: `create`, `start`, `kill`, `restart`, `died`, `remove`, `health_status`, ... */
  readonly status: string;
  /** For `health_status`: `healthy`, `unhealthy` or, in its start period, `starting`. */
  readonly health?: string;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}
