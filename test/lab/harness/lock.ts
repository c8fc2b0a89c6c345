import { once } from "node:events";
import { execa } from "execa";

/**
 * Runs `work` while no other process runs one under the same lock file. The kernel releases the lock when this process
 * dies, whatever way.
 */
export async function exclusively<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  // flock's child ends with this process, for then its input ends.
  const holder = execa("flock", [lockFile, "sh", "-c", "echo held; cat >/dev/null"], {
    buffer: false,
    reject: false,
  });
  const failed = holder.then((result) =>
    Promise.reject(new Error(`cannot lock ${lockFile}: ${result.shortMessage}`)),
  );
  failed.catch(() => {});
  await Promise.race([once(holder.stdout, "data"), failed]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
