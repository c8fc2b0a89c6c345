import { describe, expect, it } from "vitest";
import { defaultGates, looserSettings, mergeWithRepository } from "../../../../src/model/strictest.ts";
import { run } from "../../../support/cli.ts";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../../support/fake-host/fixture.ts";

describe("the times in which a text proves itself", () => {
  const MINUTE = 60_000;

  it.each([
    ["the defaults", {}, {}, [10_000, 10 * MINUTE]],
    [
      "the defaults, rather than a repository's shorter ones",
      { stable: "0s", probation: "0s" },
      {},
      [10_000, 10 * MINUTE],
    ],
    ["a repository's longer ones", { stable: "20s", probation: "1h" }, {}, [20_000, 60 * MINUTE]],
    [
      "a repository's longer ones, over the host's",
      { stable: "20s" },
      { stable: "15s", probation: "1m" },
      [20_000, MINUTE],
    ],
    [
      "the host's longer ones",
      { stable: "20s", probation: "1h" },
      { stable: "30s", probation: "2h" },
      [30_000, 120 * MINUTE],
    ],
    [
      "the host's, however short, if the repository is silent",
      { timeout: "1s" },
      { stable: "0s", probation: "0s" },
      [0, 0],
    ],
  ])("are %s", (_, repository, host, expected) => {
    const { verify } = mergeWithRepository({ verify: repository }, [{ verify: host }]);
    expect([verify.stable, verify.probation]).toEqual(expected);
  });

  it.each([
    ["the settings' own", { probation: "5m" }, {}, 10],
    ["a repository's default for all instances", { probation: "1h" }, {}, 60],
    ["the host's default for all instances", { probation: "1h" }, { probation: "2h" }, 120],
  ])("last as long as the longest of them: %s", (_, repository, host, minutes) => {
    const { verify } = mergeWithRepository({ defaults: repository }, [{ defaults: host }]);
    expect(verify.probation).toBe(minutes * MINUTE);
  });

  it("are warned of if a repository's default is shorter than the host's", () => {
    const host = [{ defaults: { probation: "2h" } }];
    expect(looserSettings({ defaults: { probation: "1h" } }, host)).toEqual([
      { path: ["defaults", "probation"], leastMs: 120 * MINUTE },
    ]);
    expect(looserSettings({ defaults: { probation: "1h" } }, [])).toEqual([]);
  });

  it("leave the time-out of a start to the order of the settings", () => {
    expect(mergeWithRepository({ verify: { timeout: "1s" } }, []).verify.timeout).toBe(1_000);
    expect(
      mergeWithRepository({ verify: { timeout: "9s" } }, [{ verify: { timeout: "2s" } }]).verify.timeout,
    ).toBe(2_000);
  });
});

describe("what the settings ask of the gate for all instances", () => {
  it("is asked by the host and by the repository, and neither replaces the other", () => {
    const freeze = [{ cron: "0 8 * * *", for: "2h" }];
    const gates = defaultGates({ defaults: { gate: { block: 80, windows: { freeze } } } }, [
      { defaults: { gate: { block: 90 } } },
    ]);
    expect(gates).toEqual([
      { block: 90 },
      { block: 80, windows: { freeze: [{ cron: "0 8 * * *", for: 7_200_000 }] } },
    ]);
    expect(defaultGates({}, [])).toEqual([]);
  });
});

describeFakeHost("a repository that asks for a shorter time to settle", () => {
  const homelab = fakeHomelab();
  const WEB = "[Container]\nImage=docker.io/library/web:1\n[Install]\nWantedBy=default.target\n";

  it("is warned with file and line, and its texts are judged by the host's", async () => {
    homelab.commit({ "desired-state/web.container": WEB, "quadgate.yaml": "verify:\n  stable: 0s\n" });
    const { stderr, exitCode } = await run(homelab.world, homelab, "plan");
    expect(stderr).toContain(
      'warning: quadgate.yaml:2:11: "verify.stable" is shorter than this host\'s 10 s, which counts',
    );
    expect(exitCode).toBe(2);
    const { result, plan } = await homelab.sync();
    expect([result, plan.warnings.map(({ code }) => code)]).toEqual(["applied", ["setting-looser"]]);
    expect((await homelab.inventory()).texts.web).toMatchObject({
      state: "settled",
      rules: { stableMs: 1_000 },
    });
  });
});
