/** Who keeps syncs away from an instance: a person on this host, or its manifest. */
type SuspendedBy = "host" | "manifest";

/** A person keeps quadgate's hands off an instance on this host. */
export interface Suspension {
  /** ISO 8601; null where it cannot be read any more. */
  readonly since: string | null;
  /** ISO 8601: from then on it counts for nothing; null: until `quadgate resume`. */
  readonly until: string | null;
  readonly reason: string | null;
}

/** A suspended instance, as people are told of it. */
export interface SuspendedInstance extends Suspension {
  readonly instance: string;
  readonly by: SuspendedBy;
}

/** Whether a suspension counts at a time (milliseconds). An end that cannot be read is none. */
export function isInForce({ until }: Suspension, now: number): boolean {
  return until === null || !(Date.parse(until) <= now);
}

/** `on this host until 2026-11-23T05:00:00Z: the disk is being replaced` */
export function describeSuspension({ by, until, reason }: Omit<SuspendedInstance, "instance">): string {
  const where = by === "host" ? "on this host" : "in its manifest";
  const end = until === null ? "" : ` until ${until.replace(/\.\d+/, "")}`;
  return `${where}${end}${reason === null ? "" : `: ${reason}`}`;
}

/** Everything that is suspended, by name; what a person said on this host comes before what the manifest says. */
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
