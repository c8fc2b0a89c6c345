import type { HostFacts } from "../../../src/model/host.ts";
import { timelineOf } from "./timeline.ts";
import { World as Parts } from "./world.ts";

/** A machine, on which things happen as time passes. */
export class World extends Parts {
  constructor(from?: World, facts?: HostFacts) {
    super(from, facts);
    this.clock.follow(timelineOf(this));
  }

  /** A copy that lives on by itself. No job may be under way. */
  fork(): World {
    if (this.isBusy()) throw new Error("a job is under way");
    return new World(this);
  }
}
