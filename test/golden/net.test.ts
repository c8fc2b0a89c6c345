import { join } from "node:path";
import { test } from "vitest";
import { run } from "../support/cli.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { quadgate, SHIPPED } from "../support/fake-host/homelab.ts";
import { TestRepository, World } from "../support/fake-host/index.ts";
import { COLLECTIONS, type Collection } from "./net/collections.ts";
import { disturb } from "./net/disturb.ts";
import { editsOf, images } from "./net/edits.ts";
import { MOMENTS } from "./net/moments.ts";
import { expectPages, pageOf } from "./net/page.ts";

/** A large collection is synced dozens of times, and each sync waits until its texts have settled. */
const LONG_MS = 600_000;

const EXPECTED = join(import.meta.dirname, "net/expected");

/** Commands that change nothing, so that they may be run twice. */
const READ: ReadonlySet<string> = new Set(["validate", "render", "plan", "drift"]);

/** Takes down what commands say about one collection, page by page. */
class Recorder {
  readonly pages = new Map<string, string>();
  readonly repository = new TestRepository();
  readonly collection: Collection;

  constructor(collection: Collection) {
    this.collection = collection;
    this.repository.commit(collection.files);
  }

  async note(page: string, world: World, ...words: readonly string[]): Promise<void> {
    const options = { repository: this.repository };
    this.pages.set(page, pageOf(await run(world, options, ...words, "--output", "json")));
    const [command = ""] = words;
    if (this.collection.isRead && READ.has(command) && !page.endsWith("-after"))
      this.pages.set(`${page}-text`, pageOf(await run(world, options, ...words)));
  }

  keep(page: string, document: object): void {
    this.pages.set(page, pageOf({ exitCode: 0, stdout: JSON.stringify(document), stderr: "" }));
  }

  async sync(page: string, world: World): Promise<void> {
    await this.note(page, world, "reconcile", "--quiet", "--allow-prune", "--force", "--reason", "the net");
    await world.idle();
  }
}

/** Makes what the units of a collection need besides themselves: secrets, folders, devices, local images. */
function furnish(world: World, { files }: Collection, pages: ReadonlyMap<string, string>): void {
  const said = pages.get("plan-empty-host") ?? "";
  const unpulled = Object.values(files).filter((text) => /^Pull=never$/m.test(text ?? ""));
  const localImages = unpulled.flatMap((text) => /^Image=(\S+)$/m.exec(text ?? "")?.[1] ?? []);
  for (const [, name = ""] of said.matchAll(/podman secret \\"([^"\\]+)\\"/g))
    world.contents.secrets.add(name);
  const folder = { mode: "0755", owner: "0:0", nocow: false, empty: false };
  const missing = /(\/[^\s,"]*)(?:, which is mounted at \S+,)? does not exist/g;
  for (const [, path = ""] of said.matchAll(missing)) world.contents.folders.set(path, folder);
  for (const [, path = ""] of said.matchAll(/there is no device (\S+)/g)) world.files.put(path, "");
  for (const image of localImages) world.contents.images.set(image, world.newId());
}

/** Puts Quadlets of somebody else where some of a collection's are to be. */
function occupy(world: World, { files }: Collection): void {
  const names = Object.keys(files).flatMap(
    (path) => /^desired-state\/([^/]*\.container)$/.exec(path)?.[1] ?? [],
  );
  for (const [index, name] of names.entries())
    if (index % 9 === 0)
      world.files.put(`${world.facts.unitDir}/${name}`, "[Container]\nImage=docker.io/library/stranger:1\n");
}

async function recordEmptyHost(recorder: Recorder): Promise<World> {
  const world = new World();
  await recorder.note("validate", world, "validate");
  await recorder.note("render", world, "render");
  await recorder.note("plan-empty-host", world, "plan");
  furnish(world, recorder.collection, recorder.pages);
  await recorder.note("plan-furnished-host", world, "plan");
  const occupied = world.fork();
  occupy(occupied, recorder.collection);
  await recorder.note("plan-occupied-host", occupied, "plan");
  return world;
}

async function recordDisturbed(recorder: Recorder, synced: World, round: number): Promise<void> {
  const world = synced.fork();
  disturb(world, round);
  await recorder.note(`disturbed-${round}-drift`, world, "drift");
  await recorder.note(`disturbed-${round}-plan`, world, "plan");
  await recorder.sync(`disturbed-${round}-reconcile`, world);
  await recorder.note(`disturbed-${round}-drift-after`, world, "drift");
}

async function recordEdited(recorder: Recorder, synced: World, round: number): Promise<void> {
  const world = synced.fork();
  const { repository, collection } = recorder;
  const before = repository.head();
  const { failing, all, services, suspended } = editsOf(collection.files, round);
  world.contents.behaviours.set(images.unhealthy, { kind: "unhealthy" });
  world.contents.behaviours.set(images.exits, { kind: "exits" });
  // Then what was in force before does not start either.
  if (round % 2 === 1)
    for (const service of services) world.contents.behaviours.set(service, { kind: "unhealthy" });
  repository.commit(failing);
  await recorder.sync(`edited-${round}-1-failing`, world);
  repository.commit(all);
  if (suspended.length > 0) await recorder.note(`edited-${round}-2-suspend`, world, "suspend", ...suspended);
  await recorder.note(`edited-${round}-3-plan`, world, "plan");
  world.healthScore = 80;
  await recorder.note(`edited-${round}-4-held`, world, "reconcile", "--quiet");
  world.healthScore = 100;
  await recorder.sync(`edited-${round}-5-reconcile`, world);
  await recorder.note(`edited-${round}-6-plan-retry`, world, "plan", "--retry");
  await recorder.note(`edited-${round}-7-drift`, world, "drift");
  repository.moveTo(before);
}

async function recordMoments(recorder: Recorder, synced: World): Promise<void> {
  const { repository, collection } = recorder;
  const before = repository.head();
  for (const { name, failing, files, host, words } of MOMENTS) {
    const world = synced.fork();
    host?.(world);
    if (failing !== undefined) {
      repository.commit(failing(collection.files));
      await recorder.sync(`moment-${name}-failing`, world);
    }
    if (files !== undefined) repository.commit(files(collection.files));
    await recorder.note(`moment-${name}`, world, ...words);
    await world.idle();
    repository.moveTo(before);
  }
}

/** What a sync does that no person has asked for: it heals, or reports. */
async function recordUnattended(recorder: Recorder, synced: World, round: number): Promise<void> {
  const world = synced.fork();
  disturb(world, round);
  const process = quadgate(world, recorder.repository, { shipped: SHIPPED });
  const { plan, result, outcomes } = await process.sync({ attended: false });
  await world.idle();
  recorder.keep(`disturbed-${round}-unattended`, {
    changes: plan.changes,
    warnings: plan.warnings,
    result,
    outcomes,
  });
}

describeFakeHost("what the commands say stays as it is", () => {
  test.each(COLLECTIONS)(
    "of $name",
    async (collection) => {
      const recorder = new Recorder(collection);
      try {
        const world = await recordEmptyHost(recorder);
        if (collection.isDeployed) {
          await recorder.sync("reconcile", world);
          await recorder.note("plan-synced", world, "plan");
          await recorder.note("drift-synced", world, "drift");
          for (const round of collection.rounds) {
            await recordDisturbed(recorder, world, round);
            await recordUnattended(recorder, world, round);
            await recordEdited(recorder, world, round);
          }
          if (collection.isRead) await recordMoments(recorder, world);
        }
        expectPages(join(EXPECTED, collection.name), recorder.pages);
      } finally {
        recorder.repository.remove();
      }
    },
    LONG_MS,
  );
});
