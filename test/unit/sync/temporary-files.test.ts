import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { quadgate, sync } from "../../support/fake-host/homelab.ts";
import { TestRepository, World } from "../../support/fake-host/index.ts";

const HOMELAB = {
  "desired-state/web.container":
    "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n",
  "desired-state/web.container.d/more.conf": "[Container]\nEnvironment=A=b\n",
};

describeFakeHost("temporary files of writes that were cut short", () => {
  let repository: TestRepository;
  let world: World;
  const now = () => world.clock.now().getTime();
  const put = (folder: string, ageMs: number, name = `.quadgate-${randomUUID()}.tmp`) => {
    const path = `${folder}/${name}`;
    world.files.put(path, "half", now() - ageMs);
    return path;
  };
  const left = (paths: readonly string[]) => paths.filter((path) => world.files.files.has(path));

  beforeEach(async () => {
    repository = new TestRepository();
    world = new World();
    repository.commit(HOMELAB);
    await sync(world, repository);
  });
  afterEach(() => repository.remove());

  it("go at the next sync, from the state directory and from the folders of what quadgate owns", async () => {
    const { stateDir, unitDir } = world.facts;
    const dropIns = dirname(pathOf(world, "web.container.d/more.conf"));
    const old = [stateDir, unitDir, dropIns].map((folder) => put(folder, 61_000));
    expect(left(old)).toEqual(old);
    expect((await sync(world, repository)).result).toBe("in-sync");
    expect(left(old)).toEqual([]);
  });

  it("stay while they may still be written, and so does whatever is called otherwise or lies elsewhere", async () => {
    const { stateDir, unitDir, home } = world.facts;
    const kept = [
      put(stateDir, 59_000),
      put(unitDir, 1e9, ".quadgate-notes.tmp"),
      put(unitDir, 1e9, `quadgate-${randomUUID()}.tmp`),
      put(unitDir, 1e9, `.quadgate-${randomUUID()}.tmp.conf`),
      put(`${unitDir}/.quadgate-${randomUUID()}.tmp`, 1e9, "a-folder-of-somebody"),
      put(`${home}/somewhere`, 1e9),
      put(`${stateDir}/units/abc`, 1e9),
    ];
    await sync(world, repository);
    expect(left(kept)).toEqual(kept);
  });

  it("go from the stored units as well, after a sync that was interrupted", async () => {
    const { stateDir } = world.facts;
    const old = [put(`${stateDir}/units/abc`, 1e9), put(`${stateDir}/units/abc/web.container.d`, 1e9)];
    repository.commit({ "desired-state/web.container": HOMELAB["desired-state/web.container"] });
    const dying = quadgate(world, repository, { faults: { fault: "dies", at: 4, among: "effects" } });
    await dying.sync().catch(() => undefined);
    expect(dying.connection.effects.join("\n")).toContain("inventory.json");
    await world.idle();
    await sync(world, repository);
    expect(left(old)).toEqual([]);
  });

  it("keep no sync from its work where they cannot be removed", async () => {
    const path = put(world.facts.unitDir, 1e9);
    world.files.beforeChange = (operation, at) => {
      if (operation === "remove" && at === path) throw new Error("EACCES");
    };
    expect((await sync(world, repository)).result).toBe("in-sync");
    expect(left([path])).toEqual([path]);
  });
});
