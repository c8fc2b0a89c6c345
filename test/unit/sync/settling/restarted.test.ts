import { describe, expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import type { Behaviour } from "../../../support/fake-host/index.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const member = (name: string, lines: string, unit = "") => `[Unit]
${unit}
[Container]
Image=docker.io/library/${name}:1
ContainerName=${name}
Environment=V=${name}
${lines}
[Service]
Restart=always
[Install]
WantedBy=default.target
`;
const networks = (n: number, dmz = 1) =>
  `lan: { subnet: 10.99.${n}.0/24 }\ndmz: { subnet: 10.98.${dmz}.0/24 }\n`;

const ENDS_FRESH: Behaviour = { kind: "ends", afterMs: 4_000, status: 1 };
const ENDS_LATER: Behaviour = { kind: "ends", afterMs: 25_000, status: 1 };

/** What good containers need, by its file and the text that it has in one version. */
const NEEDED = {
  "a shared network": {
    file: "networks.yaml",
    instance: "networks",
    lines: "Network=lan.network",
    text: networks,
  },
  "a network of another instance": {
    file: "lan.network",
    instance: "lan",
    lines: "Network=lan.network",
    text: (n: number) => `[Network]\nSubnet=10.99.${n}.0/24\n`,
  },
  "a pod of another instance": {
    file: "group.pod",
    instance: "group",
    lines: "Pod=group.pod",
    text: (n: number) => `[Pod]\nPodmanArgs=--hostname=group${n}\n`,
  },
  "a volume of another instance": {
    file: "data.volume",
    instance: "data",
    lines: "Volume=data.volume:/data",
    text: (n: number) => `[Volume]\n[Service]\nTimeoutStartSec=${30 + n}\n`,
  },
} as const;

describe.each(Object.entries(NEEDED))("a changed text of %s", (_what, needed) => {
  describeFakeHost("for which good containers restarted", () => {
    const on = settlingStage();
    const { file, instance, lines, text } = needed;
    const path = () => `${on.stage.world.facts.unitDir}/${file === "networks.yaml" ? "lan.network" : file}`;
    const inForce = () => on.stage.world.files.files.get(path())?.content ?? "";

    async function goodOnes(): Promise<string> {
      on.stage.commit({
        [file]: text(1),
        "app.container": member("app", lines),
        "web.container": member("web", lines),
      });
      await on.stage.sync();
      await on.stage.daemon(90_000);
      expect((await present(on.stage)).state).toBe("good");
      return inForce();
    }

    it.each([ENDS_FRESH, ENDS_LATER])("goes back if one of them ends by itself: %o", async (ends) => {
      const old = await goodOnes();
      on.stage.world.contents.nextStarts.set("app.service", [ends, ends]);
      on.stage.commit({ [file]: text(2) });
      await on.stage.sync();
      await on.stage.daemon(50_000);
      expect(inForce()).toBe(old);
      const { failed, due, texts } = await on.stage.inventory();
      expect(failed).toHaveProperty([instance]);
      expect(Object.keys(failed)).toEqual([instance]);
      expect(due).toEqual([]);
      expect(texts[instance]).toMatchObject({ state: "good" });
      for (const name of ["app", "web"])
        expect(await present(on.stage, name)).toEqual({ inForce: name, runs: true, state: "good" });
    });

    it("settles and proves itself good if they run on", async () => {
      const old = await goodOnes();
      on.stage.commit({ [file]: text(2) });
      expect((await on.stage.sync()).result).toBe("applied");
      await on.stage.daemon(90_000);
      const { failed, texts } = await on.stage.inventory();
      expect(inForce()).not.toBe(old);
      expect(failed).toEqual({});
      expect(texts[instance]?.state).toBe("good");
    });
  });
});

describeFakeHost("changed texts of two shared networks", () => {
  const on = settlingStage();
  const file = (name: string) =>
    on.stage.world.files.files.get(`${on.stage.world.facts.unitDir}/${name}`)?.content ?? "";

  /** Good members of both networks, which then restart for new texts of both. One of them ends soon. */
  async function changeBoth(ends: Behaviour): Promise<void> {
    on.stage.commit({
      "networks.yaml": networks(1),
      "app.container": member("app", "Network=lan.network"),
      "web.container": member("web", "Network=dmz.network"),
    });
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.world.contents.nextStarts.set("app.service", [ends]);
    on.stage.commit({ "networks.yaml": networks(2, 2) });
  }

  it.each([ENDS_FRESH, ENDS_LATER])("puts back the one for whose member that was: %o", async (ends) => {
    await changeBoth(ends);
    await on.stage.sync();
    await on.stage.daemon(50_000);
    const { failed, texts, due } = await on.stage.inventory();
    expect(file("lan.network")).toContain("10.99.1.0");
    expect(file("dmz.network")).toContain("10.98.2.0");
    expect(Object.keys(failed)).toEqual(["networks"]);
    expect(failed.networks).toMatchObject({ units: ["lan.network"] });
    expect(texts.networks).toMatchObject({ state: "settled", restarted: ["web.service"] });
    expect(due).toEqual([]);
    for (const name of ["app", "web"])
      expect(await present(on.stage, name)).toEqual({ inForce: name, runs: true, state: "good" });
  });

  it("says of which network the change has failed", async () => {
    await changeBoth(ENDS_FRESH);
    const { result, outcomes } = await on.stage.sync();
    expect(result).toBe("rolled-back");
    const said = Object.fromEntries(outcomes.map(({ unit, outcome }) => [unit, outcome]));
    expect(said).toMatchObject({ "lan.network": "failed", "dmz.network": "updated" });
  });

  it("goes on judging the other, and puts that back too if a member of it ends", async () => {
    await changeBoth(ENDS_FRESH);
    await on.stage.sync();
    on.stage.act("systemctlKill", "web");
    await on.stage.daemon(30_000);
    expect(file("lan.network")).toContain("10.99.1.0");
    expect(file("dmz.network")).toContain("10.98.1.0");
    expect((await on.stage.inventory()).texts.networks).toMatchObject({ state: "good" });
  });

  it("lets the other prove itself good, which is kept to go back to", async () => {
    await changeBoth(ENDS_FRESH);
    await on.stage.sync();
    await on.stage.daemon(90_000);
    on.stage.world.contents.nextStarts.set("web.service", [ENDS_FRESH]);
    on.stage.commit({ "networks.yaml": networks(1, 3) });
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(file("lan.network")).toContain("10.99.1.0");
    expect(file("dmz.network")).toContain("10.98.2.0");
    expect((await on.stage.inventory()).texts.networks).toMatchObject({ state: "good" });
  });

  it("changes what failed once a commit has another text", async () => {
    await changeBoth(ENDS_FRESH);
    await on.stage.sync();
    on.stage.commit({ "networks.yaml": networks(3, 2) });
    expect((await on.stage.sync()).result).toBe("applied");
    expect(file("lan.network")).toContain("10.99.3.0");
    expect((await on.stage.inventory()).failed).toEqual({});
  });
});
