import { at, type Json, textAt } from "../../../model/live.ts";
import { counted, type Look, type Measure, type MeasureResult } from "../measure.ts";

export const containers: Measure = { name: "containers", core: true, read };

async function read(look: Look): Promise<MeasureResult> {
  const all = await look.containers();
  const killed = await Promise.all(
    all.map(async (one) => ((await wasKilled(look, one)) ? [nameOf(one)] : [])),
  );
  return {
    values: [
      counted("unhealthy_containers", all.filter(isUnhealthy).map(nameOf)),
      counted("oom_killed_containers", killed.flat()),
    ],
  };
}

const nameOf = (container: Json): string => textAt(container, "Name");
const isRunning = (container: Json): boolean => at(container, "State", "Running") === true;

/** A stopped container keeps its last health status, which no longer means anything. */
function isUnhealthy(container: Json): boolean {
  return isRunning(container) && textAt(container, "State", "Health", "Status") === "unhealthy";
}

/**
 * Whether the kernel killed the container, or one of its processes since its start, for lack of memory
 * (cgroup-v2.rst).
 */
async function wasKilled({ host }: Look, container: Json): Promise<boolean> {
  if (at(container, "State", "OOMKilled") === true) return true;
  const group = textAt(container, "State", "CgroupPath");
  if (!isRunning(container) || !group.startsWith("/")) return false;
  const events = await host.files.read(`/sys/fs/cgroup${group}/memory.events`).catch(() => undefined);
  return Number(/^oom_kill (\d+)$/m.exec(events ?? "")?.[1] ?? 0) > 0;
}
