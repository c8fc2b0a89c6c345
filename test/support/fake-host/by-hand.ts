import { endContainer } from "./ending.ts";
import { runQueue } from "./jobs.ts";
import { tell } from "./journal.ts";
import { restart, start, stop } from "./manager.ts";
import type { World } from "./world.ts";

/** What people do on a machine without quadgate, all at once. Services and containers are named as they are. */
export const people = {
  /** `systemctl stop` */
  stop: (world: World, service: string) => stop(world, service),
  /** `systemctl start` */
  start: (world: World, service: string) => void start(world, service).catch(() => undefined),
  /** `systemctl restart` */
  restart: (world: World, service: string) => void restart(world, service).catch(() => undefined),
  /** `systemctl kill`: the program ends with success, as if by itself. */
  systemctlKill: (world: World, service: string) => endAll(world, service, [], 0),
  /** `podman kill` */
  podmanKill: (world: World, service: string) => endAll(world, service, ["kill"], 137),
  /** `podman stop`, and `podman rm -f` */
  podmanStop: (world: World, service: string) => endAll(world, service, [], 0),
  /** `podman restart` of a service's container, which the service does not survive. */
  podmanRestart: (world: World, service: string) =>
    endAll(world, service, ["restart", "died", "init", "start"], 0),
  /** The program ends by itself. */
  end: (world: World, service: string, status: number) => endAll(world, service, [], status),
};

function endAll(world: World, service: string, before: readonly string[], status: number): void {
  for (const container of world.contents.containers.filter((one) => one.service === service)) {
    if (container.status !== "running") continue;
    for (const event of before) tell(world, container, event);
    endContainer(world, container, status);
  }
  runQueue(world);
}
