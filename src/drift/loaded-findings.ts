import type { DiffEntry, DriftKind, FieldDrift } from "../model/drift.ts";
import type { ServiceState } from "../model/live.ts";

const DECLARED = "loaded";

/** One way in which what systemd has loaded differs from what it should have. */
export interface Finding {
  readonly live: string;
  readonly message: string;
  readonly diff: readonly DiffEntry[];
  /** Whether a person has set this up in systemd. Neither a reload nor a restart undoes that. */
  readonly override: boolean;
  readonly kind?: DriftKind;
}

/** The row of these findings. */
export function loadedField(findings: readonly Finding[]): FieldDrift {
  if (findings.length === 0) return { field: "loaded", status: "match", desired: DECLARED, live: DECLARED };
  const kinds = findings.flatMap(({ kind }) => kind ?? []);
  return {
    field: "loaded",
    status: "drift",
    desired: DECLARED,
    live: findings.map(({ live }) => live).join(", "),
    message: findings.map(({ message }) => message).join("; "),
    cause: findings.some(({ override }) => override) ? "override" : "not-reloaded",
    ...(kinds.length > 0 && { kinds }),
    diff: findings.flatMap(({ diff }) => diff),
  };
}

export const MASKED = { override: true, kind: "masked" } as const;
export const SHADOWED = { override: true, kind: "shadowed" } as const;

export function finding(live: string, message: string, more: Partial<Finding> = {}): Finding {
  return { live, message, override: false, diff: [{ path: "loaded", from: DECLARED, to: live }], ...more };
}

/** What masks a service. */
export function maskPath(state: ServiceState | undefined): string {
  return state?.fragmentPath || "a link to /dev/null";
}
