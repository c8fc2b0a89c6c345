import type { LiveState } from "./live.ts";
import type { Obstacle } from "./obstacle.ts";

/** What prevents a unit's file, or its drop-ins, from being correct. */
export interface Obstruction {
  /** Path in the unit directory, or an absolute one: the unit's own name, or a folder that it depends on. */
  readonly at: string;
  readonly obstacle: Obstacle;
}

/** Of a unit by its name; undefined if nothing is in the way. */
export function obstructionOf(name: string, obstacles: LiveState["obstacles"]): Obstruction | undefined {
  const own = obstacles.get(name);
  if (own !== undefined) return { at: name, obstacle: own };
  for (const at of [...foldersAbove(name), `${name}.d`]) {
    const obstacle = obstacles.get(at);
    if (obstacle?.kind === "unreadable-folder") return { at, obstacle };
  }
  return undefined;
}

function foldersAbove(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
