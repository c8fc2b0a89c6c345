import { join } from "node:path";

/** The kinds of systemd's own units that may stand in desired-state/ beside Quadlets. */
export const PLAIN_KINDS = ["timer", "socket", "path", "service", "target"] as const;
export type PlainKind = (typeof PLAIN_KINDS)[number];

const PLAIN_NAME = new RegExp(`^[^/]+\\.(${PLAIN_KINDS.join("|")})(\\.d/[^/]+\\.conf)?$`);

/** By Unit.name, the kind of a plain systemd unit or of a drop-in's unit; undefined for all else. */
export function plainKindOf(name: string): PlainKind | undefined {
  const found = PLAIN_NAME.exec(name)?.[1];
  return PLAIN_KINDS.find((kind) => kind === found);
}

/** Whether a Unit.name is that of a plain systemd unit or of one of its drop-ins. They are in systemdDir. */
export function isPlain(name: string): boolean {
  return plainKindOf(name) !== undefined;
}

/** The absolute path of a unit's file on the host. */
export function unitPath(
  { unitDir, systemdDir }: { readonly unitDir: string; readonly systemdDir: string },
  name: string,
): string {
  if (name.startsWith("/")) return name;
  return join(isPlain(name) ? systemdDir : unitDir, name);
}

/** The drop-in with which a sync holds back jobs while it changes their timers. Never there for long. */
export const HOLD_DROP_IN = "zzzz-quadgate-hold.conf";
