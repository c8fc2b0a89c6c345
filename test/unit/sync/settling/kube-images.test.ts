import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { type Behaviour, moveTag, reboot } from "../../../support/fake-host/index.ts";
import { settlingStage } from "../../../support/settling/fixture.ts";

const YAML = "/home/user/app.yaml";
const APP = "docker.io/library/app:1";
const SIDE = "docker.io/library/side:1";
const TEXT = `kind: Pod
metadata: { name: app }
spec:
  containers:
    - name: main
      image: ${APP} # moves
      imagePullPolicy: IfNotPresent
    - name: side
      image: ${SIDE}
`;
const kube = (label: string) => `[Kube]
Yaml=${YAML}
SetWorkingDirectory=yaml
LogDriver=${label}
[Service]
Restart=always
[Install]
WantedBy=default.target
`;

describeFakeHost("the images of a .kube", () => {
  const on = settlingStage();
  const imageOf = (name: string) => on.stage.world.containerNamed(name)?.inspect.Image;
  const state = async () => (await on.stage.inventory()).texts.app?.state;
  const folder = () => `${on.stage.world.facts.unitDir}/app.kube.d`;
  const fileAt = (path: string) => on.stage.world.files.files.get(path);
  let old: { readonly main: unknown; readonly side: unknown };

  beforeEach(async () => {
    on.stage.world.files.put(YAML, TEXT);
    on.stage.commit({ "app.kube": kube("journald") });
    await on.stage.sync();
    await on.stage.daemon(80_000);
    old = { main: imageOf("app-main"), side: imageOf("app-side") };
    expect(await state()).toBe("good");
  });

  /** Somebody lets the first container's tag mean an image that behaves in this way. */
  function move(behaviour: Behaviour): string {
    const id = on.stage.world.newId();
    on.stage.world.contents.behaviours.set(id, behaviour);
    moveTag(on.stage.world, APP, id);
    return id;
  }

  async function failed(): Promise<string> {
    const bad = move({ kind: "ends", afterMs: 2_000, status: 1 });
    on.stage.commit({ "app.kube": kube("none") });
    expect((await on.stage.sync()).result).toBe("rolled-back");
    return bad;
  }

  it("are noted for each container, without podman's own", async () => {
    expect((await on.stage.inventory()).texts.app?.images).toEqual({
      "app.kube app-main": old.main,
      "app.kube app-side": old.side,
    });
  });

  it("come back with a copy of its YAML", async () => {
    await failed();
    expect({ main: imageOf("app-main"), side: imageOf("app-side") }).toEqual(old);
    const copy = fileAt(`${folder()}/90-quadgate-image.yaml`);
    expect(copy?.content.split("\n").slice(2).join("\n")).toBe(
      TEXT.replace(APP, `"localhost/quadgate/kept:${old.main}"`)
        .replace("IfNotPresent", '"Never"')
        .replace(SIDE, `"localhost/quadgate/kept:${old.side}"`),
    );
    expect(copy?.mode).toBe(fileAt(YAML)?.mode);
    const dropIn = fileAt(`${folder()}/90-quadgate-image.conf`)?.content;
    expect(dropIn).toContain(`Yaml=\nYaml=${folder()}/90-quadgate-image.yaml\n`);
    expect(dropIn).toContain("WorkingDirectory=/home/user\n");
    expect(fileAt(YAML)?.content).toBe(TEXT);
  });

  it("stay over a boot, and until a newer text is applied", async () => {
    await failed();
    await reboot(on.stage.world);
    await on.stage.daemon(80_000);
    expect(imageOf("app-main")).toBe(old.main);
    expect(await state()).toBe("good");
    const newer = move({ kind: "healthy", afterMs: 500 });
    on.stage.commit({ "app.kube": kube("passthrough") });
    expect((await on.stage.sync()).result).toBe("applied");
    expect(imageOf("app-main")).toBe(newer);
    expect([...on.stage.world.files.files.keys()].filter((path) => path.startsWith(folder()))).toEqual([]);
  });

  it("are no reason for a copy if a start brings them anyway", async () => {
    on.stage.commit({ "app.kube": kube("none").replace(YAML, "/home/user/none.yaml") });
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(imageOf("app-main")).toBe(old.main);
    expect(fileAt(`${folder()}/90-quadgate-image.conf`)).toBeUndefined();
  });

  it("let a failed attempt be over once a name means a third one", async () => {
    const bad = await failed();
    expect((await on.stage.inventory()).failed.app?.images).toMatchObject({ "app.kube app-main": bad });
    await on.stage.sync();
    expect(imageOf("app-main")).toBe(old.main);
    const third = move({ kind: "healthy", afterMs: 500 });
    expect((await on.stage.sync()).result).toBe("applied");
    expect(imageOf("app-main")).toBe(third);
  });

  it("let a good text settle again, and go back alone", async () => {
    const other = move({ kind: "ends", afterMs: 30_000, status: 1 });
    on.stage.act("restart", "app");
    await on.stage.sync();
    expect(await state()).toBe("fresh");
    expect(imageOf("app-main")).toBe(other);
    await on.stage.daemon(50_000);
    expect(imageOf("app-main")).toBe(old.main);
  });
});
