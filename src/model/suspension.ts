/** Who keeps syncs away from an instance: a person on this host, or its manifest. */
type SuspendedBy = "host" | "manifest";

/** A person keeps quadgate's hands off an instance on this host. */
export interface Suspension {
  /** ISO 8601; null if it can no longer be read. */
  readonly since: string | null;
  /** ISO 8601: when it expires; null: `quadgate resume` ends it. */
  readonly until: string | null;
  readonly reason: string | null;
}

/** A suspended instance, as quadgate shows it to people. */
export interface SuspendedInstance extends Suspension {
  readonly instance: string;
  readonly by: SuspendedBy;
}

/** Whether a suspension counts at a time (milliseconds). One whose end cannot be read does not expire. */
export function isInForce({ until }: Suspension, now: number): boolean {
  return until === null || !(Date.parse(until) <= now);
}

/** `on this host until 2026-11-23T05:00:00Z: the disk is being replaced` */
export function describeSuspension({ by, until, reason }: Omit<SuspendedInstance, "instance">): string {
  const where = by === "host" ? "on this host" : "in its manifest";
  const end = until === null ? "" : ` until ${until.replace(/\.\d+/, "")}`;
  return `${where}${end}${reason === null ? "" : `: ${reason}`}`;
}

/** Everything that is suspended, by name; a person's suspension on this host comes before the manifest's. */
export function listSuspended(
  byHost: ReadonlyMap<string, Suspension>,
  byManifest: Iterable<string>,
): readonly SuspendedInstance[] {
  const manifest = [...byManifest].filter((instance) => !byHost.has(instance));
  return [
    ...[...byHost].map(([instance, suspension]) => ({ instance, by: "host" as const, ...suspension })),
    ...manifest.map((instance) => ({
      instance,
      by: "manifest" as const,
      since: null,
      until: null,
      reason: null,
    })),
  ].sort((a, b) => (a.instance < b.instance ? -1 : 1));
}
