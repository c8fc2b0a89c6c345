import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { describeHomelab, HEALTHY } from "../support/flow-homelab.ts";
import { container, expectUntouched, inShort, runningOn, startOver } from "../support/flow-left-alone.ts";
import { commandOf, deployed, ends, holds, inventoryOf, push } from "../support/flow-settling.ts";

const VERIFY = "verify: { timeout: 30s, stable: 5s, probation: 8s }\n";
const CHECK = "HealthCmd=test -e /healthy\nHealthInterval=1s\nHealthRetries=1\n";
const FIRST = { files: { "README.md": "A homelab.\n" }, settings: `${HEALTHY}${VERIFY}` };

/** What becomes unhealthy two seconds after its first good check. */
const sickens = (name: string, more = "") =>
  container(
    name,
    `StopTimeout=1\nExec=sh -c 'echo last words of ${name}; touch /healthy; sleep 3; rm /healthy; exec hold'\n${CHECK}${more}`,
  );

/** Services whose new text does not last, each in its own way. */
const BREAK: Readonly<Record<string, string>> = {
  always1: ends("always1", { after: 1, status: 3, restart: "always" }),
  always2: ends("always2", { after: 2, status: 3, restart: "always" }),
  always4: ends("always4", { after: 4, status: 3, restart: "always" }),
  onfailure2: ends("onfailure2", { after: 2, status: 3, restart: "on-failure" }),
  no2: ends("no2", { after: 2, status: 3 }),
  success2: ends("success2", { after: 2, status: 0, restart: "always" }),
  sick: sickens("sick"),
  killed: sickens("killed", "HealthOnFailure=kill\n"),
  member: ends("member", { after: 2, status: 3, restart: "always", more: "Pod=app.pod\n" }),
};
const NAMES = Object.keys(BREAK);

/** A pod that podman plays. */
function pod(command: string): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: play }
spec:
  containers: [{ name: play, image: localhost/busybox, imagePullPolicy: Never, command: [${command}] }]
`;
}

/** The YAML of the pods lies on the host. */
const play = (file: string) => ({ "play.kube": `[Kube]\nYaml=%h/${file}.yaml\n` });

function filesOf(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name}.container`, text]));
}

describeHomelab("a text that does not last until it has settled:", FIRST, (home) => {
  beforeEach(async () => startOver(home()));

  test("it goes back to the one before, with its last words, and is not tried again", async () => {
    const before = filesOf(
      Object.fromEntries(NAMES.map((name) => [name, holds(name, name === "member" ? "Pod=app.pod\n" : "")])),
    );
    const yard = { "app.pod": "[Pod]\n", ...play("good") };
    await home().lab.write("/home/homelab/good.yaml", pod("hold"), { user: "homelab" });
    const bad = pod('sh, -c, "echo last words of play; sleep 2; exit 3"');
    await home().lab.write("/home/homelab/bad.yaml", bad, { user: "homelab" });
    await deployed(home(), {
      ...before,
      ...yard,
      "beside.container": holds("beside", "Pod=app.pod\n"),
    });
    const pods = async () => (await runningOn(home())).filter((line) => /^pod .*app|^beside /.test(line));
    const neighbours = await pods();

    await push(home(), { ...filesOf(BREAK), ...play("bad") });
    const answer = await home().ask("reconcile", "--yes");
    expect(answer.exitCode, answer.stderr).toBe(4);
    expect(answer.document.result).toBe("rolled-back");
    const failed = [...NAMES.map((name) => `${name}.container`), "play.kube"].sort();
    expect(
      inShort(answer)
        .outcomes.filter((one) => one.startsWith("failed"))
        .sort(),
    ).toEqual(failed.map((unit) => `failed ${unit}`));
    expect(await pods()).toEqual(neighbours);
    const inventory = await inventoryOf(home());
    expect(Object.keys(inventory.failed).sort()).toEqual([...NAMES, "play"].sort());
    for (const name of NAMES) {
      expect(await commandOf(home(), name), name).toBe("[hold]");
      expect(inventory.failed[name]?.output?.join("\n"), name).toContain(`last words of ${name}`);
      expect(answer.stderr).toContain(`last words of ${name}`);
    }
    expect(inventory.failed.play?.output?.join("\n")).toContain("last words of play");
    await expectUntouched(home(), 4, 1);
  });

  test("a first deployment goes back to nothing, and its volume stays", async () => {
    const volume = "Volume=data.volume:/data\n";
    await push(home(), {
      "app.container": ends("app", { after: 2, status: 3, restart: "always", more: volume }),
      "data.volume": "[Volume]\nVolumeName=data\n",
      "beside.container": holds("beside"),
    });
    const answer = await home().ask("reconcile", "--yes");
    expect(answer.exitCode, answer.stderr).toBe(4);
    expect(await home().sh(`ls ${home().unitDir}`)).not.toContain("app.container");
    expect(await home().podman("ps", "--format", "{{.Names}}")).toBe("beside");
    expect(await home().podman("volume", "ls", "-q")).toContain("data");
    const { failed } = await inventoryOf(home());
    expect(Object.keys(failed)).toEqual(["app"]);
    expect(failed.app?.output?.join("\n")).toContain("last words of app");
    await expectUntouched(home(), 4, 1);
  });

  test("the only member of a pod goes back to the one before", async () => {
    await deployed(home(), { "app.pod": "[Pod]\n", "member.container": holds("member", "Pod=app.pod\n") });
    const { member = "" } = BREAK;
    await push(home(), { "member.container": member });
    const answer = await home().ask("reconcile", "--yes");
    expect(inShort(answer), answer.stderr).toEqual({ exitCode: 4, outcomes: ["failed member.container"] });
    expect(await commandOf(home(), "member")).toBe("[hold]");
    expect((await inventoryOf(home())).failed.member?.output?.join("\n")).toContain("last words of member");
    await expectUntouched(home(), 4, 1);
  });

  test("what may end with success settles although it ends", async () => {
    const once = `title: Once
description: A container that ends when its work is done.
defaults: { image: localhost/busybox, memory: 64M }
units:
  - { kind: container, template: quadlets/container }
`;
    const work = 'command: [sh, -c, "sleep 3; exit 0"]\n';
    await home().repo.commitAndPush(
      {
        "patterns/once.yaml": once,
        "desired-state/worker.yaml": `pattern: once\nends: true\n${work}`,
        "desired-state/setup.container": `${container("setup", "Exec=sh -c 'sleep 2; exit 0'\n")}[Service]\nType=oneshot\n[Install]\nWantedBy=default.target\n`,
      },
      "Add what ends",
    );
    const { exitCode, document, stderr } = await home().ask("reconcile", "--yes");
    expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
    const { failed, texts } = await inventoryOf(home());
    expect(failed).toEqual({});
    expect([texts.worker?.state, texts.setup?.state]).toEqual(["settled", "settled"]);
  });

  test("one that ends after it has settled is put back by the next sync", async () => {
    await deployed(home(), { "app.container": holds("app") });
    await deployed(home(), { "app.container": ends("app", { after: 9, status: 3, restart: "always" }) });
    await expect.poll(() => home().systemctl("show", "-P", "NRestarts", "app.service"), POLL).not.toBe("0");
    const answer = await home().ask("reconcile", "--yes");
    expect(answer.exitCode, answer.stderr).toBe(4);
    expect(await commandOf(home(), "app")).toBe("[hold]");
    expect((await inventoryOf(home())).failed.app?.output?.join("\n")).toContain("last words of app");
    const trigger = (await home().history()).map((one) => one.trigger);
    expect(trigger).toContain("probation");
    await expectUntouched(home(), 4, 1);
  });

  test("one that lasts through its probation is good, and never put back", async () => {
    await deployed(home(), { "app.container": holds("app") });
    await deployed(home(), {
      "app.container": ends("app", { after: 20, status: 3, restart: "always" }),
    });
    await sleep(9_000);
    expect((await home().ask("reconcile", "--yes")).exitCode).toBe(0);
    expect((await inventoryOf(home())).texts.app?.state).toBe("good");
    await expect.poll(() => home().systemctl("show", "-P", "NRestarts", "app.service"), POLL).not.toBe("0");
    const { exitCode, document } = await home().ask("reconcile", "--yes");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "in-sync" });
    expect(await commandOf(home(), "app")).toContain("exit 3");
    expect((await inventoryOf(home())).failed).toEqual({});
  });
});

const POLL = { timeout: 60_000, interval: 200 };
