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
const networks = (n: number) => `lan: { subnet: 10.99.${n}.0/24 }\n`;

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
