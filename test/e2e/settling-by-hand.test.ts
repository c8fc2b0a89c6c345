import { beforeEach, expect, test } from "vitest";
import { describeHomelab, HEALTHY, type Homelab } from "../support/flow-homelab.ts";
import { startOver } from "../support/flow-left-alone.ts";
import { beginSync, deployed, holds, inventoryOf, push } from "../support/flow-settling.ts";

const ALWAYS = "[Service]\nRestart=always\n";
const settings = (stable: number) =>
  `${HEALTHY}verify: { timeout: 60s, stable: ${stable}s, probation: 10m }\n`;
const FIRST = { files: { "README.md": "A homelab.\n" }, settings: settings(5) };

/** The text of `app` by a label, and with this line of [Service]. */
const app = (label: string, more = ALWAYS) => ({ "app.container": holds("app", more, label) });

async function stateOf(home: Homelab): Promise<string | undefined> {
  return (await inventoryOf(home)).texts.app?.state;
}

describeHomelab("while a text settles,", FIRST, (home) => {
  beforeEach(async () => {
    await startOver(home());
    await home().configure(settings(5));
    await deployed(home(), app("one"));
  });
  const id = () => home().podman("container", "inspect", "-f", "{{.Id}}", "app");

  test("a person's stop ends the wait, and the text has not failed", async () => {
    await home().configure(settings(8));
    await push(home(), app("two"));
    const sync = await beginSync(home(), "app", "two");
    await home().systemctl("stop", "app.service");
    const stoppedMs = Date.now();
    const { exitCode, document, endedMs } = await sync.end();
    expect(endedMs - stoppedMs).toBeLessThan(6_000);
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "applied" });
    expect(document.record.reasons.map(({ code }) => code)).toContain("stopped-by-hand");
    const { failed, texts } = await inventoryOf(home());
    expect({ failed, state: texts.app?.state }).toEqual({ failed: {}, state: "fresh" });
    expect(await home().unit("app.container")).toContain("text=two");

    await home().systemctl("start", "app.service");
    const before = await id();
    await expect
      .poll(
        async () => {
          await home().ask("reconcile", "--yes");
          return stateOf(home());
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBe("settled");
    expect(await id()).toBe(before);
  });

  test.each([
    ["systemctl restart", "systemctl --user restart app.service"],
    ["podman kill", "podman kill app"],
    ["podman restart", "podman restart app"],
  ])("a person's %s begins a new count", async (_, command) => {
    await push(home(), app("two"));
    const sync = await beginSync(home(), "app", "two");
    await home().sh(command);
    const actedMs = Date.now();
    const { exitCode, document, endedMs } = await sync.end();
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect(endedMs - actedMs).toBeGreaterThan(4_000);
    const { failed, texts } = await inventoryOf(home());
    expect({ failed, state: texts.app?.state }).toEqual({ failed: {}, state: "settled" });
    expect(await home().unit("app.container")).toContain("text=two");
  });

  test("podman stop looks like a program that ends, and counts as an end", async () => {
    await push(home(), app("two"));
    const sync = await beginSync(home(), "app", "two");
    await home().podman("stop", "app");
    const { exitCode, document } = await sync.end();
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await home().unit("app.container")).toContain("text=one");
    expect(Object.keys((await inventoryOf(home())).failed)).toEqual(["app"]);
  });

  test("a newer commit is applied at once", async () => {
    await home().configure(settings(20));
    await push(home(), app("two"));
    const sync = await beginSync(home(), "app", "two");
    await push(home(), app("three"));
    const beganMs = Date.now();
    const next = await beginSync(home(), "app", "three");
    expect(Date.now() - beganMs).toBeLessThan(12_000);
    const { exitCode, document } = await sync.end();
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "superseded" });
    const second = await next.end();
    expect({ exitCode: second.exitCode, result: second.document.result }).toEqual({
      exitCode: 0,
      result: "applied",
    });
    expect(await stateOf(home())).toBe("settled");
    expect(await home().unit("app.container")).toContain("text=three");
  });

  test("quadgate may be killed: the next sync takes the watch over", async () => {
    await push(home(), app("two"));
    const sync = await beginSync(home(), "app", "two");
    const before = await id();
    sync.child.kill("SIGKILL");
    await sync.child;
    expect(await stateOf(home())).toBe("fresh");
    const { exitCode, document, stderr } = await home().ask("reconcile", "--yes");
    expect({ exitCode, result: document.result }, stderr).toMatchObject({ exitCode: 0 });
    expect(await stateOf(home())).toBe("settled");
    expect(await id()).toBe(before);
    expect((await inventoryOf(home())).appliedRevision).toBe(document.revision);
  });
});
