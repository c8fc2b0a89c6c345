import { beforeAll, expect, test } from "vitest";
import type { Adoption } from "../../src/authoring/adopt.ts";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, workOf } from "../support/flow-homelab.ts";

const LINKED = "/home/homelab/old/clock.container";
/** With what a person writes and no program would: comments, odd blanks, a continued line, no newline at the end. */
const PLAYER = `# Films; do not touch
[Unit]
Description = Player

[Container]
Image=docker.io/jellyfin/jellyfin:10.10.7
ContainerName=player
# its own network first
Network=media.network
Volume=films.volume:/media
Environment=TZ=Europe/Oslo \\
  NAME="The player"

[Service]
Restart=always

[Install]
WantedBy=default.target`;
const UNITS: Readonly<Record<string, string>> = {
  "player.container": PLAYER,
  "player.container.d/10-limits.conf": "[Service]\nMemoryMax=300M\n",
  "media.network": "[Network]\nLabel=house=media\n",
  "films.volume": "[Volume]\n",
  "leaky.container":
    "[Container]\nImage=localhost/busybox:latest\nContainerName=leaky\nEnvironment=DB_PASSWORD=hunter2\n",
  "old/deep.container": "[Container]\nImage=localhost/busybox:latest\nContainerName=deep\n",
};

describeHomelab("a hand-written Quadlet", { files: { "README.md": "Mine.\n" } }, (home) => {
  let before: readonly string[] = [];
  const identities = () => Promise.all([home().identity("player"), home().identity("clock")]);
  const adopt = (...args: string[]) => home().lab.quadgate(["adopt", ...args]);

  beforeAll(async () => {
    const { lab, unitDir } = home();
    for (const [name, text] of Object.entries(UNITS)) await lab.write(`${unitDir}/${name}`, text);
    await lab.write(LINKED, "[Container]\nImage=localhost/busybox:latest\nContainerName=clock\n");
    await home().sh(`ln -s ${LINKED} ${unitDir}/clock.container; systemctl --user daemon-reload
      systemctl --user start player clock leaky deep`);
    before = await identities();
  });

  test("is listed while it is not managed yet", async () => {
    const result = await adopt();
    expect(result.exitCode).toBe(0);
    expect(result.stdout.split("\n")).toEqual([
      "clock.container",
      "films.volume",
      "leaky.container",
      "media.network",
      "old/deep.container",
      "player.container",
    ]);
  });

  test("is shown first, with all that belongs to it, and nothing is written", async () => {
    const seen = () => home().lab.snapshot({ ignore: /quadgate\/(repo|lock)/ });
    const state = await seen();
    const head = await home().repo.git("ls-remote", home().repo.url, "main");
    const { exitCode, document } = await home().ask<Adoption>("adopt", "player", "clock", "--dry-run");
    expect(exitCode).toBe(2);
    const shown = document.units.map(({ unit, neededBy, symlink }) => [unit, neededBy, symlink]);
    expect(new Set(shown)).toEqual(
      new Set([
        ["clock.container", null, true],
        ["films.volume", "player.container", false],
        ["media.network", "player.container", false],
        ["player.container", null, false],
        ["player.container.d/10-limits.conf", null, false],
      ]),
    );
    expect(document.units.flatMap(({ pending }) => pending)).toEqual([]);
    expect((await adopt("player")).stderr).toMatch(/there is no terminal to ask for it\n.*--yes/);
    expect(await seen()).toBe(state);
    expect(await home().repo.git("ls-remote", home().repo.url, "main")).toBe(head);
  });

  test("is taken over byte for byte, and nothing is restarted", async () => {
    const result = await adopt("player", "clock.container", "--yes");
    expect(result, result.all).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toMatch(/Adopted 5 files in [0-9a-f]{12}\. Nothing was restarted\.$/);
    expect(await identities()).toEqual(before);

    const { lab, repo, unitDir } = home();
    await repo.git("pull", "-q", "origin", "main");
    for (const name of ["player.container", "player.container.d/10-limits.conf", "media.network"]) {
      expect(await lab.read(`${repo.workTree}/desired-state/${name}`)).toBe(UNITS[name]);
      expect(await home().unit(name)).toBe(UNITS[name]);
    }
    expect(await home().sh(`find ${unitDir} -type l`)).toBe("");
    expect(await lab.exists(LINKED)).toBe(true);
  });

  test("is in sync after its adoption, and has no drift", async () => {
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result, work: workOf(document) }).toEqual({
      exitCode: 0,
      result: "in-sync",
      work: [],
    });
    expect(await identities()).toEqual(before);
  });

  test("follows git after its adoption", async () => {
    const changed = `${PLAYER.replace("NAME=", "TITLE=")}\n`;
    const { document } = await home().deploy({ "desired-state/player.container": changed }, "Change it");
    expect(workOf(document)).toEqual(["update player.container"]);
    expect(await home().unit("player.container")).toBe(changed);
    const gone = { "desired-state/clock.container": null };
    expect(workOf((await home().deploy(gone, "No clock")).document)).toEqual(["delete clock.container"]);
    expect(await home().lab.exists(LINKED)).toBe(true);
  });

  test("with a secret in plain text is not committed unless the caller insists", async () => {
    const refused = await adopt("leaky", "--yes");
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("leaky.container:4: DB_PASSWORD");
    expect(refused.all).not.toContain("hunter2");
    expect(await adopt("leaky", "--yes", "--plain-secrets")).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ["in a folder of their own", ["old/deep.container"], /quadgate keeps units at the top/],
    ["of a name that there is not", ["plyer"], /no hand-written unit of this host is named plyer/],
  ])("%s is refused with a reason", async (_, names, why) => {
    const { exitCode, stderr } = await adopt(...names, "--yes");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(why) });
  });

  test("is not taken over if git has another text for it", async () => {
    const { lab, unitDir, repo } = home();
    await lab.write(`${unitDir}/clock.container`, "[Container]\nImage=localhost/busybox:latest\n");
    await repo.git("pull", "-q", "origin", "main");
    await repo.commitAndPush({ "desired-state/clock.container": "[Container]\nImage=x.org/y\n" }, "Another");
    const { exitCode, stderr } = await adopt("clock", "--yes");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("git has another text for clock.container, in desired-state/clock.container");
  });
});
