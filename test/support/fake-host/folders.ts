import type { Folders } from "../../../src/model/host.ts";
import type { World } from "./world.ts";

/** Folders that containers mount. What no test has put there, and quadgate has not made, is not there. */
export function createFoldersPort(world: World): Folders {
  const { folders } = world.contents;
  return {
    look: async (path) => {
      const file = await world.files.stat(path);
      if (file !== undefined && file.kind !== "directory")
        return { kind: "other", empty: false, mode: file.mode, nocow: null };
      const made = folders.get(path);
      if (made === undefined && file === undefined) return undefined;
      return {
        kind: "directory",
        empty: file === undefined && made?.empty === true,
        mode: Number.parseInt(made?.mode ?? "0755", 8),
        nocow: made?.nocow ?? null,
      };
    },
    owner: async (path) => folders.get(path)?.owner ?? "0:0",
    make: async (folder) => {
      if (!folders.has(folder.path)) folders.set(folder.path, stateOf(folder));
    },
    adapt: async (folder) => {
      folders.set(folder.path, stateOf(folder));
    },
  };
}

function stateOf({ mode, owner, nocow }: Parameters<Folders["make"]>[0]) {
  return { mode, owner: owner === undefined ? "0:0" : `${owner.uid}:${owner.gid}`, nocow, empty: true };
}
