import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (image: string) =>
  `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n`;

describeFakeHost("a desired state that failed", () => {
  const homelab = fakeHomelab();
  const commit = (a: string, b: string) =>
    homelab.commit({
      "desired-state/a.container": container(a),
      "desired-state/b.container": container(b),
    });
  const failed = async () => Object.keys((await homelab.inventory()).failed).sort();
  const images = () => homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName).sort();

  beforeEach(async () => {
    for (const name of ["a", "b"]) {
      homelab.world.contents.behaviours.set(`docker.io/library/${name}:sick`, { kind: "unhealthy" });
    }
    commit("a:1", "b:1");
    await homelab.sync();
    commit("a:sick", "b:1");
    await homelab.sync();
  });

  it("is remembered when another instance is put back", async () => {
    commit("a:sick", "b:sick");
    await homelab.sync();
    expect(await failed()).toEqual(["a", "b"]);
    await homelab.sync({ attended: false });
    expect(images()).toEqual(["docker.io/library/a:1", "docker.io/library/b:1"]);
  });

  it("is remembered when a person retries another instance", async () => {
    await homelab.sync({ only: new Set(["b"]), retry: true });
    expect(await failed()).toEqual(["a"]);
  });

  it("is forgotten once git asks for another one, and once it becomes healthy", async () => {
    commit("a:2", "b:1");
    await homelab.sync();
    expect(await failed()).toEqual([]);
    commit("a:sick", "b:1");
    await homelab.sync();
    expect(await failed()).toEqual(["a"]);
    homelab.world.contents.behaviours.delete("docker.io/library/a:sick");
    await homelab.sync({ retry: true });
    expect(await failed()).toEqual([]);
  });
});
