import { createHash } from "node:crypto";
import { log } from "./journal.ts";
import { reload, startAtBoot } from "./manager.ts";
import { createGeneratorPort } from "./quadlet.ts";
import { stopServices } from "./stopping.ts";
import type { World } from "./world.ts";

/**
 * The machine boots: everything is down, quadgate's processes are dead, and what a boot starts is started. After a
 * power cut nobody has stopped anything in order. `awayMs` is the time without power.
 */
export async function reboot(world: World, { awayMs = 20_000, cut = true } = {}): Promise<void> {
  for (const kill of [...world.processes]) kill();
  if (!cut) stopServices(world, up(world), "stop");
  forget(world);
  // Nobody does anything on a machine without power.
  const isLater = ({ at }: { readonly at: number }) => at > world.clock.steady + awayMs;
  world.agenda.splice(0, world.agenda.length, ...world.agenda.filter(isLater));
  world.clock.advance(awayMs);
  world.clock.boot();
  world.facts = { ...world.facts, bootId: createHash("md5").update(world.facts.bootId).digest("hex") };
  await begin(world);
}

/** The user's manager is restarted, within a boot. */
export async function restartManager(world: World): Promise<void> {
  stopServices(world, up(world), "stop");
  forget(world);
  await begin(world);
}

function up({ contents }: World): readonly string[] {
  return [...contents.runs].flatMap(([service, { active }]) => (active === "inactive" ? [] : [service]));
}

function forget({ contents, waiters }: World): void {
  // systemd never gives the id of an invocation twice.
  for (const [service, { invocation }] of contents.runs)
    contents.runs.set(service, {
      active: "inactive",
      sub: "dead",
      result: "success",
      invocation,
      restarts: 0,
    });
  contents.pods.clear();
  waiters.clear();
  for (const container of contents.containers) container.status = "exited";
  contents.containers = [];
}

async function begin(world: World): Promise<void> {
  await reload(world, createGeneratorPort(world));
  log(world, "", "manager-started");
  startAtBoot(world);
}
