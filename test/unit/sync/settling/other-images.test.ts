import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { type Behaviour, moveTag, people, reboot } from "../../../support/fake-host/index.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const REFERENCE = "docker.io/library/app:1";

describeFakeHost("a good text that comes up with another image", () => {
  const on = settlingStage();
  const imageOf = (name = "app") => on.stage.world.containerNamed(name)?.inspect.Image;

  /** Gives the id of the image that the good text runs. */
  async function good(line = "Pull=missing"): Promise<unknown> {
    on.stage.commit({
      "app.container": `[Container]
Image=${REFERENCE}
ContainerName=app
Environment=V=a
${line}
[Service]
Restart=always
[Install]
WantedBy=default.target
`,
    });
    await on.stage.sync();
    await on.stage.daemon(80_000);
    expect((await present(on.stage)).state).toBe("good");
    return imageOf();
  }

  /** Somebody lets the tag mean an image that behaves in this way. */
  function move(behaviour: Behaviour): string {
    const { world } = on.stage;
    const id = world.newId();
    world.contents.behaviours.set(id, behaviour);
    moveTag(world, REFERENCE, id);
    return id;
  }

  it("has to settle again, and is good with it after its probation", async () => {
    const old = await good();
    const other = move({ kind: "healthy", afterMs: 500 });
    on.stage.act("restart", "app");
    const quadgate = on.stage.quadgate();
    await quadgate.sync({ attended: false });
    const said = quadgate.events.flatMap((one) => (one.type === "warning" ? [one.message] : []));
    expect(said.join()).toContain(`app.container has come up with image ${other.slice(0, 12)}`);
    expect((await present(on.stage)).state).toBe("fresh");
    await on.stage.daemon(20_000);
    expect((await present(on.stage)).state).toBe("settled");
    await on.stage.daemon(70_000);
    const { texts, kept } = await on.stage.inventory();
    expect(texts.app).toMatchObject({ state: "good", images: { "app.container": other } });
    expect(kept.app?.map(({ images }) => images["app.container"])).toEqual([other, old]);
  });

  it("goes back to the old one alone if it ends while it is settled again", async () => {
    const old = await good();
    const revision = (await on.stage.inventory()).appliedRevision;
    const other = move({ kind: "ends", afterMs: 30_000, status: 1 });
    on.stage.act("restart", "app");
    await on.stage.daemon(50_000);
    expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true, state: "good" });
    expect(imageOf()).toBe(old);
    const { failed, appliedRevision } = await on.stage.inventory();
    expect(failed.app).toMatchObject({ images: { "app.container": other } });
    expect(appliedRevision).toBe(revision);
  });

  it("goes back if it fails so soon that no container is ever seen", async () => {
    const old = await good();
    const revision = (await on.stage.inventory()).appliedRevision;
    move({ kind: "exits" });
    await reboot(on.stage.world);
    await on.stage.pass(30_000);
    expect(imageOf()).toBeUndefined();
    await on.stage.daemon(20_000);
    expect(imageOf()).toBe(old);
    expect(await present(on.stage)).toMatchObject({ inForce: "a", runs: true });
    expect((await on.stage.inventory()).appliedRevision).toBe(revision);
  });

  it("does not count what ended before the start with the other image", async () => {
    await good();
    people.end(on.stage.world, "app.service", 1);
    await on.stage.pass(5_000);
    move({ kind: "healthy", afterMs: 500 });
    on.stage.act("restart", "app");
    await on.stage.daemon(20_000);
    expect((await present(on.stage)).state).toBe("settled");
  });

  it("stays good if podman itself updates it", async () => {
    const old = await good("AutoUpdate=registry");
    const other = move({ kind: "healthy", afterMs: 500 });
    on.stage.act("restart", "app");
    await on.stage.sync();
    const { texts, kept } = await on.stage.inventory();
    expect(texts.app).toMatchObject({ state: "good", images: { "app.container": other } });
    expect(kept.app?.map(({ images }) => images["app.container"])).toEqual([other, old]);
  });

  it("is left alone while somebody edits its unit", async () => {
    await good();
    const path = `${on.stage.world.facts.unitDir}/app.container`;
    const { files } = on.stage.world.files;
    const file = files.get(path);
    if (file === undefined) throw new Error("the unit file is missing");
    files.set(path, { ...file, content: `${file.content}# mine\n` });
    move({ kind: "healthy", afterMs: 500 });
    on.stage.act("restart", "app");
    await on.stage.sync();
    expect((await present(on.stage)).state).toBe("good");
    files.set(path, file);
    await on.stage.sync();
    expect((await present(on.stage)).state).toBe("fresh");
  });
});
