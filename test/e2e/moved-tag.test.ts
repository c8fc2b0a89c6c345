import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, fieldsWith, HEALTHY, type Homelab, workOf } from "../support/flow-homelab.ts";
import { APP, answer, app, at, startRegistry } from "../support/flow-registry.ts";

const SETTINGS = `${HEALTHY}verify: { timeout: 10s, stable: 2s }\n`;
const OPTIONS = { files: { "README.md": "A homelab.\n" }, settings: SETTINGS };
const LOCAL = "localhost/mine:1";
const SERVE = (word: string) => ["standin", "80", word];

/** Builds an image that runs a command, and returns its id. */
async function build({ sh }: Homelab, name: string, command: readonly string[]): Promise<string> {
  const id = await sh(`set -e; mkdir -p ~/moved; cd ~/moved
    printf 'FROM localhost/busybox:latest\\nCMD ${JSON.stringify(command)}\\n' >Containerfile
    podman build -q --no-cache -t ${name} .`);
  return id.trim();
}

async function imageOf({ podman }: Homelab): Promise<string> {
  return (await podman("inspect", "--format", "{{.Image}}", "app")).trim();
}

function pinOf({ unit }: Homelab): Promise<string> {
  return unit("app.container.d/90-quadgate-image.conf");
}

async function expectSynced(home: Homelab): Promise<void> {
  const { document } = await home.ask("reconcile");
  expect(workOf(document)).toEqual([]);
  expect(fieldsWith((await home.ask<DriftReport>("drift")).document)).toEqual([]);
}

describeHomelab("a tag that moves to an image that ends at once", OPTIONS, (home) => {
  test("leaves the image that runs, under a name of quadgate's own", async () => {
    const good = await build(home(), LOCAL, SERVE("one"));
    const { exitCode, stderr } = await home().deploy({ [APP]: app(LOCAL) }, "Run it");
    expect(exitCode, stderr).toBe(0);
    await build(home(), LOCAL, ["false"]);
    await home().podman("image", "prune", "--force");
    const names = await home().podman("images", "--format", "{{.Repository}}:{{.Tag}}");
    expect(names).toContain(`localhost/quadgate/kept:${good}`);
  });

  test("does not move the old text along when that goes back", async () => {
    const before = await imageOf(home());
    const labelled = { [APP]: app(LOCAL, "AutoUpdate=local\nLabel=a=b\n") };
    const { exitCode, document, stderr } = await home().deploy(labelled, "Label it");
    expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await answer(home())).toBe("one");
    expect(await imageOf(home())).toBe(before);
    expect(await pinOf(home())).toContain(`Image=localhost/quadgate/kept:${before}\n`);
    await expectSynced(home());
  });

  test("counts again with a newer text", async () => {
    const good = await build(home(), LOCAL, SERVE("two"));
    const { exitCode, stderr } = await home().deploy({ [APP]: app(LOCAL, "Label=a=c\n") }, "Label it again");
    expect(exitCode, stderr).toBe(0);
    expect([await answer(home()), await imageOf(home())]).toEqual(["two", good]);
    await expect(pinOf(home())).rejects.toThrow();
    await expectSynced(home());
  });
});

describeHomelab("a tag that moves in the registry", OPTIONS, (home) => {
  const text = (more = "") =>
    app(at("app:1"), `Pull=newer\nAutoUpdate=registry\n${more}[Install]\nWantedBy=default.target\n`);

  test("does not move the old text along, although podman asks for newer ones", async () => {
    const registry = await startRegistry(home());
    await registry.push("one", ["app:1"]);
    const { exitCode, stderr } = await home().deploy({ [APP]: text() }, "Run it");
    expect(exitCode, stderr).toBe(0);
    const before = await imageOf(home());
    await build(home(), "localhost/bad:1", ["false"]);
    await home().sh("podman push -q --tls-verify=false localhost/bad:1 docker://localhost:5001/app:1");
    const { document } = await home().deploy({ [APP]: text("Label=a=b\n") }, "Label it");
    expect(document.result).toBe("rolled-back");
    expect([await answer(home()), await imageOf(home())]).toEqual(["one", before]);
    const labels = await home().podman("inspect", "--format", "{{json .Config.Labels}}", "app");
    expect(labels).not.toMatch(/"io\.containers\.autoupdate":"[a-z]/);
  });

  test.each([
    ["a restart", () => home().systemctl("restart", "app.service")],
    ["a reboot", () => home().lab.restart()],
  ])("does not do so with %s", async (_, again) => {
    const before = await imageOf(home());
    await again();
    expect(await answer(home())).toBe("one");
    expect(await imageOf(home())).toBe(before);
    await expectSynced(home());
  });
});
