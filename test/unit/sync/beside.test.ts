import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (name: string) => `[Container]\nImage=docker.io/library/${name}:1\nVolume=./conf:/conf\n`;
const files = (value: number) => ({
  "desired-state/b/web.container": container("web"),
  "desired-state/b/conf/x": `VALUE=${value}\n`,
});

describeFakeHost("a raw Quadlet with a file beside it", () => {
  const homelab = fakeHomelab();
  const at = (path: string) => `${homelab.world.facts.unitDir}/${path}`;
  const idOf = (name: string) => homelab.world.containerNamed(`systemd-${name}`)?.inspect.Id;
  const work = async () => {
    const { result, outcomes } = await homelab.sync();
    return { result, outcomes: outcomes.map(({ unit, outcome }) => `${outcome} ${unit}`).toSorted() };
  };
  const restrict = async () => {
    const text = (await homelab.world.files.read(at("conf/x"))) ?? "";
    await homelab.world.files.write(at("conf/x"), text, { mode: 0o600 });
  };

  beforeEach(async () => {
    homelab.commit(files(1));
    await homelab.sync();
  });

  it("is restarted when the file changes, and is judged by it though only its owner may read it", async () => {
    await restrict();
    expect(await work()).toEqual({ result: "in-sync", outcomes: [] });
    const before = idOf("web");
    homelab.commit(files(2));
    expect(await work()).toEqual({
      result: "applied",
      outcomes: [`updated ${at("conf/x")}`, "restarted web.container"].toSorted(),
    });
    expect(idOf("web")).not.toBe(before);
    expect(await homelab.world.files.stat(at("conf/x"))).toMatchObject({ mode: 0o600 });
    expect((await homelab.inventory()).texts.web?.state).toBe("settled");
  });

  it("stays where it is when files of another folder come that would meet its own", async () => {
    const before = idOf("web");
    homelab.commit({
      ...files(1),
      "desired-state/a/app.container": container("app"),
      "desired-state/a/conf/x": "VALUE=app\n",
    });
    expect((await work()).outcomes).toEqual(
      [`created ${at("a/conf/x")}`, "created a/app.container"].toSorted(),
    );
    expect(idOf("web")).toBe(before);
    homelab.commit({
      "desired-state/a/app.container": container("app"),
      "desired-state/a/conf/x": "VALUE=app\n",
    });
    const app = idOf("app");
    expect((await work()).outcomes).toEqual([`deleted ${at("conf/x")}`, "deleted web.container"].toSorted());
    expect(idOf("app")).toBe(app);
  });

  it("passes a shared file on to the next instance that names it", async () => {
    homelab.commit({ ...files(1), "desired-state/b/also.container": container("also") });
    expect((await work()).outcomes).toEqual(["created also.container"]);
    homelab.commit({
      "desired-state/b/also.container": container("also"),
      "desired-state/b/conf/x": "VALUE=2\n",
    });
    expect((await work()).outcomes).toEqual(
      [`updated ${at("conf/x")}`, "deleted web.container", "restarted also.container"].toSorted(),
    );
    expect((await homelab.inventory()).units[at("conf/x")]?.instance).toBe("also");
  });
});
