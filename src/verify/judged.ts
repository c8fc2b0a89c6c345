import type { Json, ServiceState } from "../model/live.ts";
import type { JudgedRun, TextState } from "../model/text-in-force.ts";
import type { Role } from "../quadlet/jobs.ts";
import type { Traces } from "./departures.ts";

/** A service of an instance whose text is judged. */
export interface JudgedService {
  readonly service: string;
  /**
   * `process`: it runs on. `finite`: a oneshot, which ends. `object`: it makes a network, volume or image.
   */
  readonly kind: "process" | "finite" | "object";
  readonly role: Role;
  readonly isPod: boolean;
  /** Services that systemd stops it with; for a pod, its members. */
  readonly sakes: ReadonlySet<string>;
  /** Services without which it cannot start. */
  readonly needs: ReadonlySet<string>;
  /** Its process may end with success. */
  readonly mayEnd: boolean;
  /** podman itself acts if its container is unhealthy (`HealthOnFailure=`). */
  readonly actsOnHealth: boolean;
  /** Its unit gives its container a health check. */
  readonly isChecked: boolean;
}

/** What was observed of all services at one moment. */
export interface Evidence {
  readonly boot: string;
  /** Milliseconds of the monotonic clock. */
  readonly nowMs: number;
  readonly wallMs: number;
  readonly services: ReadonlyMap<string, ServiceState>;
  readonly containersOf: (service: string) => readonly Json[];
  /** Undefined: the journal cannot be read. It was not asked for if no run has changed. */
  readonly traces: Traces | undefined;
}

/**
 * Whether a run of a service is over and systemd waits for `RestartSec=` before it starts the next. The state
 * still has the InvocationID and the process of the run before.
 */
export function isBetweenRuns({ subState }: Pick<ServiceState, "subState">): boolean {
  return subState.startsWith("auto-restart");
}

/**
 * When the process of a service was started that runs; between two runs, when the wait began. Undefined if it
 * was never started.
 */
export function runStartMs(state: ServiceState): number | undefined {
  return (isBetweenRuns(state) ? undefined : state.mainStartedAtMs) ?? state.startedAtMs ?? undefined;
}

/** What a service is judged by. */
export interface ServiceRule {
  readonly state: TextState;
  /** Milliseconds of the present boot, before which nothing counts. */
  readonly fromMs: number;
  readonly run: JudgedRun | undefined;
  /** Failures before the first good start do not count, if that comes in time. */
  readonly booting: boolean;
  /** `verify.timeout` */
  readonly timeoutMs: number;
}

export type ServiceFinding =
  /** Up, by its process and its health check, since a moment of the present boot. */
  (
    | { readonly kind: "good"; readonly goodMs: number }
    /** It may still come up, until a moment of the present boot. */
    | { readonly kind: "waiting"; readonly message: string; readonly deadlineMs: number }
    /** `atMs`: when, if that is known. `invocation`: the run that ended, if it is not the present one. */
    | {
        readonly kind: "ended";
        readonly message: string;
        readonly atMs?: number;
        readonly invocation?: string;
      }
    /** A person stopped it, or a service (`by`) that it needs is down. */
    | { readonly kind: "stopped"; readonly by?: string | undefined }
    /** It waits by its own rules, or no sync starts it. */
    | { readonly kind: "idle" }
  ) & {
    /** Somebody asked for an end since the count began: the count begins anew. Absent: it goes on. */
    readonly isNewCount?: boolean;
  };
