import { afterEach, beforeEach } from "vitest";
import type { Inventory } from "../../../src/model/inventory.ts";
import type { SyncOptions, SyncReport } from "../../../src/sync/reconcile.ts";
import { inventoryOf, type Quadgate, type QuadgateOptions, quadgate } from "./homelab.ts";
import { type Connection, connect, TestRepository, World } from "./index.ts";

/** A fake machine and the repository that it is deployed from. */
export interface FakeHomelab {
  /** May be replaced, by a new one or by a fork. */
  world: World;
  readonly repository: TestRepository;
  /** The machine as a process other than quadgate reaches it. */
  readonly host: Connection["host"];
  /** Makes a commit, as the repository does. */
  commit(...args: Parameters<TestRepository["commit"]>): string;
  /** Starts a process of quadgate. */
  quadgate(options?: QuadgateOptions): Quadgate;
  /** One sync by a process of its own. */
  sync(options?: Partial<SyncOptions>): Promise<SyncReport>;
  inventory(): Promise<Inventory>;
}

/**
 * Gives each test of a file or of a `describe` an empty machine and an empty repository. Call it where the
 * hooks belong; what a test needs in addition goes into a `beforeEach` after it. The accessors answer within
 * hooks and tests.
 */
export function fakeHomelab(): FakeHomelab {
  let world: World | undefined;
  let repository: TestRepository | undefined;
  beforeEach(() => {
    world = new World();
    repository = new TestRepository();
  });
  afterEach(() => repository?.remove());
  return {
    get world() {
      return existing(world);
    },
    set world(other) {
      world = other;
    },
    get repository() {
      return existing(repository);
    },
    get host() {
      return connect(this.world, undefined).host;
    },
    commit(...args) {
      return this.repository.commit(...args);
    },
    quadgate(options) {
      return quadgate(this.world, this.repository, options);
    },
    sync(options) {
      return this.quadgate().sync(options);
    },
    inventory() {
      return inventoryOf(this.world);
    },
  };
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the fake homelab exists only within a hook or a test");
  return value;
}
