import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Returns the folder, outside any checkout, that keeps the base root file systems and the labs' work folders. */
export function cacheFolder(): string {
  const chosen = process.env.QUADGATE_LAB_CACHE;
  if (chosen) return resolve(chosen);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "quadgate-lab");
}

/** Returns the folder that holds one work folder for each lab. */
export function runFolder(): string {
  return join(cacheFolder(), "run");
}

/** The checkout that the harness belongs to. */
export const checkout = resolve(import.meta.dirname, "../../..");
