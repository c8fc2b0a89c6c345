import { expect, test } from "vitest";
import { describeHomelab, HEALTHY, type Homelab } from "../support/flow-homelab.ts";
import { container, expectUntouched } from "../support/flow-left-alone.ts";
import {
  beginSync,
  commandOf,
  deployed,
  ends,
  holds,
  inventoryOf,
  push,
  startedWith,
} from "../support/flow-settling.ts";

const SETTINGS = `${HEALTHY}verify: { timeout: 15s, stable: 5s, probation: 10m }\n`;
const MOVED = "localhost/moved:1";

/** The texts of one service, and what becomes of the second one. */
interface Case {
  /** Default: `NAME.container`. */
  readonly file?: string;
  readonly before?: string;
  readonly after: string;
  /** What a person does once the service runs with the second text. */
  readonly byHand?: string;
  readonly becomes: "failed" | "settled" | "fresh";
}

const SICK = "HealthCmd=test -e /healthy\nHealthInterval=1s\nHealthRetries=1\n";
const loops = (name: string, after: number, restart: string): Case => ({
  after: ends(name, { after, status: 3, restart }),
  becomes: "failed",
});
const byHand = (name: string, command: string, becomes: Case["becomes"]): Case => ({
  after: holds(name, "[Service]\nRestart=always\n", "two"),
  byHand: command,
  becomes,
});
const moved = (more: string) => container("moved", more).replace("localhost/busybox", MOVED);

/** A pod that podman plays. */
const pod = (command: string) => `apiVersion: v1
kind: Pod
metadata: { name: play }
spec:
  containers: [{ name: play, image: localhost/busybox, imagePullPolicy: Never, command: [${command}] }]
`;
const play = (name: string) => `[Kube]\nYaml=/root/${name}.yaml\n`;

const CASES: Readonly<Record<string, Case>> = {
  always: loops("always", 2, "always"),
  onfailure: loops("onfailure", 1, "on-failure"),
  no: loops("no", 3, "no"),
  sick: {
    after: container("sick", `Exec=sh -c 'touch /healthy; sleep 3; rm /healthy; exec hold'\n${SICK}`),
    becomes: "failed",
  },
  member: {
    before: holds("member", "Pod=app.pod\n"),
    after: ends("member", { after: 2, status: 3, restart: "always", more: "Pod=app.pod\n" }),
    becomes: "failed",
  },
  play: { file: "play.kube", before: play("good"), after: play("bad"), becomes: "failed" },
  moved: { before: moved(""), after: moved("Label=a=b\n"), becomes: "failed" },
  stopped: byHand("stopped", "systemctl stop stopped.service", "fresh"),
  restarted: byHand("restarted", "systemctl restart restarted.service", "settled"),
  killed: byHand("killed", "podman kill killed", "settled"),
  again: byHand("again", "podman restart again", "settled"),
  ended: byHand("ended", "podman stop ended", "failed"),
};
const NAMES = Object.keys(CASES);
const those = (becomes: Case["becomes"]) =>
  NAMES.filter((name) => CASES[name]?.becomes === becomes).toSorted();

function texts(choose: (name: string, one: Case) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(CASES).map(([name, one]) => [one.file ?? `${name}.container`, choose(name, one)]),
  );
}

/** Gives the tag an image that runs this command, and returns its id. */
async function build({ sh }: Homelab, command: string): Promise<string> {
  const id = await sh(`set -e; mkdir -p ~/moved; cd ~/moved
    printf 'FROM localhost/busybox:latest\\nCMD ["${command}"]\\n' >Containerfile
    podman build -q --no-cache -t ${MOVED} .`);
  return id.trim();
}

async function statesOf(home: Homelab) {
  const { failed, texts: known } = await inventoryOf(home);
  const inState = (state: string) => NAMES.filter((name) => known[name]?.state === state && !failed[name]);
  return {
    failed: Object.keys(failed).toSorted(),
    settled: inState("settled").toSorted(),
    fresh: inState("fresh").toSorted(),
  };
}

const FIRST = { files: { "README.md": "A homelab.\n" }, settings: SETTINGS, user: "root" } as const;

describeHomelab("what settles on a rootful host", FIRST, (home) => {
  let good = "";

  test("settles side by side", async () => {
    await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
    await home().lab.write("/root/good.yaml", pod("hold"), { user: "root" });
    await home().lab.write("/root/bad.yaml", pod('sh, -c, "echo last words of play; sleep 2; exit 3"'), {
      user: "root",
    });
    good = await build(home(), "hold");
    const before = texts((name, one) => one.before ?? holds(name));
    await deployed(home(), { ...before, "app.pod": "[Pod]\n", "beside.container": holds("beside") });
    expect((await statesOf(home())).settled).toEqual(NAMES.toSorted());
  });

  test("goes back if it ends, counts anew with what a person does, and is left if a person stops it", async () => {
    const beside = await home().identity("beside");
    await build(home(), "false");
    await push(
      home(),
      texts((_, { after }) => after),
    );
    const sync = await beginSync(home(), "stopped", "two");
    const doByHand = Object.entries(CASES).map(async ([name, { byHand: command }]) => {
      if (command === undefined) return;
      await startedWith(home(), name, "two");
      await home().sh(command);
    });
    await Promise.all(doByHand);
    const { exitCode, document } = await sync.end();
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(document.record.reasons.map(({ code }) => code)).toContain("stopped-by-hand");
    expect(await statesOf(home())).toEqual({
      failed: those("failed"),
      settled: those("settled"),
      fresh: those("fresh"),
    });
    expect(await home().identity("beside")).toBe(beside);
  });

  test("runs what ran before, with its old image, and its last words are kept", async () => {
    for (const name of those("failed").filter((one) => one !== "play"))
      expect(await commandOf(home(), name), name).toBe("[hold]");
    const played = await home().podman("inspect", "--format", "{{.Config.Entrypoint}}", "play-play");
    expect(played).toBe("[hold]");
    expect((await home().podman("inspect", "--format", "{{.Image}}", "moved")).trim()).toBe(good);
    const { failed } = await inventoryOf(home());
    for (const name of ["always", "onfailure", "no", "member", "play"])
      expect(failed[name]?.output?.join("\n"), name).toContain(`last words of ${name}`);
    expect(await home().systemctl("show", "-P", "ActiveState", "stopped.service")).toBe("inactive");
  });

  test("is not tried again, and what a person starts settles", async () => {
    await home().systemctl("start", "stopped.service");
    await expect
      .poll(
        async () => {
          await home().ask("reconcile", "--yes");
          return (await statesOf(home())).fresh;
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toEqual([]);
    await expectUntouched(home(), 4, 1);
  });
});
