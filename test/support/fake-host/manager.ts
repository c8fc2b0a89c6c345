import type { Quadlet } from "../../../src/model/host.ts";
import { askForStart, runQueue } from "./jobs.ts";
import { plainUnitsOf } from "./plain-units.ts";
import { dependants, failed, isUp, stopServices, unitOf } from "./stopping.ts";
import type { World } from "./world.ts";

/** Runs the generator over the unit directory and loads what it makes; running services go on as they are. */
export async function reload(world: World, quadlet: Quadlet): Promise<void> {
  const { facts, files, contents } = world;
  const generated = await quadlet.generateFrom(facts.unitDir);
  contents.loaded.clear();
  for (const path of [...files.files.keys()].filter((name) => name.startsWith(`${facts.generatorDir}/`)))
    files.files.delete(path);
  for (const { service, text } of generated.services.values()) {
    contents.loaded.set(service, text);
    files.put(`${facts.generatorDir}/${service}`, text);
  }
  for (const [name, text] of plainUnitsOf(world)) contents.loaded.set(name, text);
  for (const path of [...contents.controls.keys()])
    if (!files.files.has(path)) contents.controls.delete(path);
  for (const [service, run] of contents.runs) {
    if (run.active === "inactive" && run.job === undefined && !contents.loaded.has(service))
      contents.runs.delete(service);
  }
}

/** Resolves with the end of the job; undefined: there is none. */
function endOf(world: World, job: number | undefined): Promise<void> {
  if (job === undefined) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const others = world.waiters.get(job);
    world.waiters.set(job, (error) => {
      others?.(error);
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/** Starts a service that is down, and waits for one that is starting. */
export async function start(world: World, service: string): Promise<void> {
  const running = world.contents.runs.get(service)?.job;
  const end = endOf(world, running?.id ?? askForStart(world, service));
  runQueue(world);
  await end;
}

/** Stops and starts; what requires the service is stopped before and started after it. */
export async function restart(world: World, service: string): Promise<void> {
  const along = dependants(world, service).filter((name) => isUp(world, name));
  if (unitOf(world, service) !== undefined && !world.contents.masked.has(service))
    stopServices(world, [service], "restart");
  const end = endOf(world, askForStart(world, service));
  for (const name of along) askForStart(world, name);
  runQueue(world);
  await end;
}

export function stop(world: World, service: string): void {
  const known = unitOf(world, service) !== undefined || world.contents.runs.has(service);
  if (!known) throw failed("stop", service, `Unit ${service} not loaded.`, 5);
  stopServices(world, [service], "stop");
  runQueue(world);
}

/** Starts what a boot starts. */
export function startAtBoot(world: World): void {
  for (const service of world.contents.loaded.keys())
    if (unitOf(world, service)?.wantedAtBoot && !world.contents.masked.has(service))
      askForStart(world, service);
  runQueue(world);
}
