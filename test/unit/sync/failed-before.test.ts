import { afterEach, beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { inventoryOf, sync } from "../../support/fake-host/homelab.ts";
import { TestRepository, World } from "../../support/fake-host/index.ts";

const container = (image: string) =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`;

describeFakeHost("a desired state that failed", () => {
  let repository: TestRepository;
  let world: World;
  const commit = (a: string, b: string) =>
    repository.commit({
      "desired-state/a.container": container(a),
      "desired-state/b.container": container(b),
    });
  const failed = async () => Object.keys((await inventoryOf(world)).failed).sort();
  const images = () => world.contents.containers.map(({ inspect }) => inspect.ImageName).sort();

  beforeEach(async () => {
    repository = new TestRepository();
    world = new World();
    for (const name of ["a", "b"]) {
      world.contents.behaviours.set(`docker.io/library/${name}:sick`, { kind: "unhealthy" });
    }
    commit("a:1", "b:1");
    await sync(world, repository);
    commit("a:sick", "b:1");
    await sync(world, repository);
  });
  afterEach(() => repository.remove());

  it("is remembered when another instance is rolled back", async () => {
    commit("a:sick", "b:sick");
    await sync(world, repository);
    expect(await failed()).toEqual(["a", "b"]);
    await sync(world, repository, { attended: false });
    expect(images()).toEqual(["docker.io/library/a:1", "docker.io/library/b:1"]);
  });

  it("is remembered when a person asks for another instance again", async () => {
    await sync(world, repository, { only: new Set(["b"]), retry: true });
    expect(await failed()).toEqual(["a"]);
  });

  it("is forgotten once git asks for another, and once it is well", async () => {
    commit("a:2", "b:1");
    await sync(world, repository);
    expect(await failed()).toEqual([]);
    commit("a:sick", "b:1");
    await sync(world, repository);
    expect(await failed()).toEqual(["a"]);
    world.contents.behaviours.delete("docker.io/library/a:sick");
    await sync(world, repository, { retry: true });
    expect(await failed()).toEqual([]);
  });
});
