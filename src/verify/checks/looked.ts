import { maskOutput } from "../../lib/mask-secrets.ts";
import type { InstanceCheck } from "../../model/check.ts";
import type { Host } from "../../model/host.ts";
import type { Json } from "../../model/live.ts";

/** The parts of a host that checks need. */
export type CheckHost = Pick<Host, "facts" | "podman" | "systemd" | "connections" | "clock">;

/** The result of running a check once. */
export interface CheckObservation {
  readonly status: "passed" | "failed" | "not-checked";
  readonly message: string;
  /** What the service wrote, for people. */
  readonly said?: string;
  /** The HTTP status of the answer if it is not a wanted one. */
  readonly answered?: number;
  /** The container to look into if it is not the one that the check is about. */
  readonly culprit?: string;
  /** Running the check again would give the same result. */
  readonly final?: true;
}

export interface CheckFinding {
  readonly host: CheckHost;
  /** `podman inspect` of the container that the check is about; it runs. */
  readonly container: Json;
  /** `podman inspect` of all containers. */
  readonly containers: readonly Json[];
}

/** The check of one kind. */
export type Of<K extends string> = Extract<InstanceCheck, { readonly check: K }> & {
  readonly problem?: never;
};

export const passed = (message: string): CheckObservation => ({ status: "passed", message });
export const failed = (message: string, said?: string): CheckObservation => ({
  status: "failed",
  message,
  ...(said ? { said } : {}),
});
/** A check that cannot run, and why. Running it again would not help. */
export const notChecked = (message: string): CheckObservation => ({
  status: "not-checked",
  message,
  final: true,
});

const SAID_LENGTH = 200;

/** The last line of a text, masked if it looks like a secret, and cut if it is long. */
export function lastLine(text: string): string {
  const line = maskOutput(text.trim().split("\n").at(-1)?.trim() ?? "");
  return line.length > SAID_LENGTH ? `${line.slice(0, SAID_LENGTH)}...` : line;
}

/** `302, 303 or 401` */
export function either(numbers: readonly number[]): string {
  const last = String(numbers.at(-1) ?? "");
  return numbers.length < 2 ? last : `${numbers.slice(0, -1).join(", ")} or ${last}`;
}
