import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GateInput, judge } from "../../../src/gate/index.ts";
import { assessRisk, weightOf } from "../../../src/gate/risk/assess-risk.ts";
import { RISK_LEVELS, RISK_WEIGHTS } from "../../../src/gate/risk/weights.ts";
import type { DiffEntry } from "../../../src/model/drift.ts";
import { REASONS } from "../../../src/model/reasons.ts";
import {
  change,
  gateInput,
  gateSettings,
  healthy,
  owns,
  plan,
  verifiedAs,
} from "../../support/gate-input.ts";

const service = (name: string) => `${name}.service`;
const needs = (of: string, ...by: readonly string[]): Pick<GateInput, "dependants"> => ({
  dependants: new Map([[service(of), new Set(by.map(service))]]),
});

/** The terms of a plan as `code weight`. */
function terms(overrides: Partial<GateInput>): readonly string[] {
  return assessRisk(gateInput(overrides)).terms.map(({ code, weight }) => `${code} ${weight}`);
}

describe("the health score's part of the risk", () => {
  test.each([
    [100, []],
    [95, []],
    [94, ["risk-score 1"]],
    [90, ["risk-score 1"]],
    [89, ["risk-score 2"]],
    [0, ["risk-score 2"]],
    [Number.NaN, ["risk-score 2"]],
  ])("for a score of %d is %j", (score, expected) => {
    expect(terms({ health: healthy(score) })).toEqual(expected);
  });

  test("is as large for a missing score as for a bad one", () => {
    expect(terms({ health: null })).toEqual(["risk-score 2"]);
  });
});

describe("the risk of a restart of what others need", () => {
  const restarts = plan([change("restart", "db.container"), change("restart", "other.container")]);

  test.each([
    [["app"], ["risk-needed 1"]],
    [["app", "worker"], ["risk-needed 2"]],
    [["a", "b", "c", "d", "e"], ["risk-needed 3"]],
  ])("with %j needing it is %j", (by, expected) => {
    expect(terms({ plan: restarts, ...needs("db", ...by) })).toEqual(expected);
  });

  test("is none if the plan only loads it", () => {
    const loads = plan([change("update", "db.container", { loadOnly: "job" })]);
    expect(terms({ plan: loads, ...needs("db", "app") })).toEqual([]);
  });

  test("names the instances that are restarted", () => {
    const [term] = assessRisk(gateInput({ plan: restarts, ...needs("db", "app", "worker") })).terms;
    expect(term?.message).toBe("2 services need db.service, which the plan restarts");
  });

  test("does not count instances that are only created now", () => {
    const both = plan([change("update", "db.container"), change("create", "app.container")]);
    expect(terms({ plan: both, inventory: owns("db.container"), ...needs("db", "app") })).toEqual([
      "risk-first-deployment 1",
    ]);
  });
});

describe("the risk of an image", () => {
  const image = (from: string, to: string, more: Partial<GateInput> = {}) => {
    const diff = [{ path: "Container.Image", from, to }];
    return terms({ plan: plan([change("update", "db.container", { diff })]), ...more });
  };

  test.each([
    ["docker.io/library/postgres:16.4", "docker.io/library/postgres:16.9", []],
    ["docker.io/library/postgres:16-alpine", "docker.io/library/postgres:16.9-bookworm", []],
    ["docker.io/library/postgres:16", "docker.io/library/postgres:17", ["risk-image-major 3"]],
    ["docker.io/library/postgres:17", "docker.io/library/postgres:16", ["risk-image-major 3"]],
    ["ghcr.io/x/app:v1.9.0", "ghcr.io/x/app:v2.0.0-rc1", ["risk-image-major 3"]],
    ["ghcr.io/x/app:0.14.1", "ghcr.io/x/app:0.15.0", ["risk-image-major 3"]],
    ["ghcr.io/x/app:0.14.1", "ghcr.io/x/app:0.14.2", []],
    ["docker.io/library/redis:7.4", "quay.io/mirror/redis:7.4", []],
    ["docker.io/library/redis:7.4", "docker.io/valkey/valkey:7.4", ["risk-image-major 3"]],
    ["localhost:5000/app:1", "localhost:5000/app:2", ["risk-image-major 3"]],
    ["localhost:5000/app", "localhost:5000/app:2", ["risk-image-unclear 1"]],
    ["ghcr.io/x/app:latest", "ghcr.io/x/app:2.1", ["risk-image-unclear 1"]],
    ["ghcr.io/x/app:2.1@sha256:aa", "ghcr.io/x/app:2.1@sha256:bb", ["risk-image-unclear 1"]],
    ["ghcr.io/x/app:latest@sha256:aa", "ghcr.io/x/app:latest@sha256:bb", ["risk-image-unclear 1"]],
    ["ghcr.io/x/app:2.1@sha256:aa", "ghcr.io/x/app:3.0@sha256:bb", ["risk-image-major 3"]],
    ["ghcr.io/x/app:2.1", "ghcr.io/x/app:2.1@sha256:bb", ["risk-image-unclear 1"]],
    ["ghcr.io/x/app:2.1@sha256:aa", "ghcr.io/x/app:3.0@sha256:aa", []],
    ["ghcr.io/x/app@sha256:aa", "mirror.lan/x/app@sha256:aa", []],
    ["ghcr.io/x/app@sha256:aa", "ghcr.io/x/app@sha256:bb", ["risk-image-unclear 1"]],
  ])("that goes from %s to %s is %j", (from, to, expected) => {
    expect(image(from, to)).toEqual(expected);
  });

  describe("that another unit brings", () => {
    const judged = (
      from: string,
      to: string,
      running: readonly string[] = ["docker.io/library/redis:7.2"],
    ) => {
      const web = {
        reference: "docker.io/library/redis:7.4",
        next: "aa",
        running: running.map((name) => ({ id: "bb", name })),
      };
      return image(from, to, { images: new Map([["db.container", web]]) });
    };

    test.each([
      ["docker.io/library/redis:7.2", "cache.image", []],
      ["docker.io/library/redis:8", "cache.image", ["risk-image-major 3"]],
      ["docker.io/library/postgres:7", "cache.build", ["risk-image-major 3"]],
      ["cache.image", "docker.io/library/redis:7.4", []],
      ["cache.image", "docker.io/library/redis:8", ["risk-image-major 3"]],
      ["cache.image", "other.image", []],
    ])("and that goes from %s to %s is %j", (from, to, expected) => {
      expect(judged(from, to)).toEqual(expected);
    });

    test("is unclear if no container shows what it was", () => {
      expect(judged("cache.image", "docker.io/library/redis:7.4", [])).toEqual(["risk-image-unclear 1"]);
      expect(image("docker.io/library/redis:7.4", "cache.image")).toEqual(["risk-image-unclear 1"]);
    });
  });

  test("counts a folder as another image, and two folders as unclear", () => {
    const judged = (...diff: readonly DiffEntry[]) =>
      terms({ plan: plan([change("update", "db.container", { diff })]) });
    const root = (from: string | null, to: string | null) => ({ path: "Container.Rootfs", from, to });
    const named = (from: string | null, to: string | null) => ({ path: "Container.Image", from, to });
    expect(judged(named("redis:7", null), root(null, "/srv/redis"))).toEqual(["risk-image-major 3"]);
    expect(judged(named(null, "redis:7"), root("/srv/redis", null))).toEqual(["risk-image-major 3"]);
    expect(judged(root("/srv/redis", "/srv/redis:O"))).toEqual(["risk-image-unclear 1"]);
  });

  test.each(["restart", "update"] as const)(
    "that comes with a %s because the tag has moved is unclear",
    (action) => {
      const moved = (from: string | null, to: string | null) => {
        const diff = [{ path: "image.id", from, to }];
        return assessRisk(gateInput({ plan: plan([change(action, "web.container", { diff })]) })).terms;
      };
      expect(moved("8f71", "477f")).toEqual([
        {
          code: "risk-image-unclear",
          message: "web.container: its tag has moved to another image",
          weight: 1,
        },
      ]);
      expect(moved("8f71", null)).toEqual([]);
      expect(moved(null, "477f")).toEqual([]);
    },
  );

  test("that a drop-in brings is that of the unit itself, counted once for a unit of its own", () => {
    const path = { name: "image.name", id: "image.id" };
    const names = { from: "docker.io/library/postgres:16", to: "docker.io/library/postgres:17" };
    const diff = [
      { path: path.name, ...names },
      { path: path.id, from: "8f71", to: "477f" },
    ];
    const restart = change("restart", "db.container", { diff });
    expect(terms({ plan: plan([restart]), ...needs("db", "app") })).toEqual([
      "risk-needed 1",
      "risk-image-major 6",
    ]);
    const gone = [diff[0], { path: path.id, from: "8f71", to: null }].flatMap((entry) => entry ?? []);
    expect(terms({ plan: plan([change("update", "db.container", { diff: gone })]) })).toEqual([
      "risk-image-major 3",
    ]);
    const unit = change("update", "db.image", { diff: [{ path: "Image.Image", ...names }] });
    expect(terms({ plan: plan([unit, restart]) })).toEqual(["risk-image-major 3"]);
  });

  test("covers the containers that YAML describes", () => {
    const diff = [
      { path: "containers.db", from: "docker.io/library/redis:7", to: "docker.io/library/redis:8" },
    ];
    expect(terms({ plan: plan([change("restart", "db.kube", { diff })]) })).toEqual(["risk-image-major 3"]);
    expect(terms({ plan: plan([change("restart", "db.pod", { diff })]) })).toEqual([]);
  });

  test("is high for a major version alone if others need the instance", () => {
    const found = image("docker.io/library/postgres:16", "docker.io/library/postgres:17", needs("db", "app"));
    expect(found).toEqual(["risk-needed 1", "risk-image-major 6"]);
  });

  test("is named with both versions", () => {
    const diff = [{ path: "Container.Image", from: "docker.io/library/postgres:16.4", to: "postgres:17.0" }];
    const [term] = assessRisk(gateInput({ plan: plan([change("update", "db.container", { diff })]) })).terms;
    expect(term?.message).toBe("db.container: postgres goes from 16.4 to 17.0");
  });
});

describe("the risk of a deletion", () => {
  const inventory = owns("a.container", "b.container", "b.network", "c.container");
  const removal = plan([
    change("delete", "a.container"),
    change("delete", "b.container"),
    change("delete", "b.network"),
    change("none", "c.container"),
  ]);

  test("counts instances, whatever number of units they have", () => {
    expect(terms({ plan: removal, inventory })).toEqual(["risk-delete 4"]);
  });

  test("is smaller for a part of an instance", () => {
    const part = plan([
      change("delete", "app-worker.container", { instance: "app" }),
      change("none", "app.container"),
    ]);
    expect(terms({ plan: part })).toEqual(["risk-delete 1"]);
  });

  test("is zero for networks, volumes and files alone", () => {
    const quiet = plan(["x.network", "y.volume", "/etc/z.conf"].map((unit) => change("delete", unit)));
    expect(terms({ plan: quiet })).toEqual([]);
  });

  test("is zero if a person allowed it", () => {
    expect(terms({ plan: removal, inventory, allowPrune: true })).toEqual([]);
    expect(terms({ plan: removal, inventory, allowEmpty: true })).toEqual([]);
  });

  test("is zero if an interrupted sync has begun it", () => {
    const begun = { pending: { action: "delete", digest: null } } as const;
    const half = owns(["a.container", begun], ["b.container", begun]);
    expect(terms({ plan: removal, inventory: half })).toEqual([]);
  });
});

describe("the risk of a first deployment", () => {
  const twenty = Array.from({ length: 20 }, (_, n) => change("create", `app${n}.container`));

  test("is low for a whole homelab on a healthy host, which passes", () => {
    const verdict = judge(gateInput({ plan: plan(twenty), inventory: owns() }));
    expect(verdict).toMatchObject({ state: "open", risk: { level: "low" } });
    expect(verdict.risk.terms).toEqual([
      {
        code: "risk-first-deployment",
        message: "20 instances deployed for the first time, the first on this host",
        weight: 1,
      },
    ]);
  });

  test("is medium at most on a host that just passes", () => {
    const risk = assessRisk(gateInput({ plan: plan(twenty), inventory: owns(), health: healthy(86) }));
    expect(risk.level).toBe("medium");
  });

  test("does not apply to an instance that gets one more unit", () => {
    const more = plan([change("create", "web-worker.container", { instance: "web" })]);
    expect(terms({ plan: more })).toEqual([]);
  });
});

describe("a plan of high risk", () => {
  const diff = [{ path: "Container.Image", from: "postgres:16", to: "postgres:17" }];
  const upgrade = gateInput({
    plan: plan([change("update", "db.container", { diff })]),
    inventory: owns("db.container"),
    ...needs("db", "app"),
  });
  const codes = (input: GateInput) => judge(input).reasons.map(({ code }) => code);

  test("is held although the host is healthy, and shows why", () => {
    const verdict = judge(upgrade);
    expect(verdict).toMatchObject({ state: "held", score: 100, band: "proceed", risk: { level: "high" } });
    expect(verdict.reasons).toEqual([{ code: "high-risk", message: "the risk of the plan is high (7)" }]);
    expect(weightOf(verdict.risk)).toBe(7);
  });

  test("passes when a person approves it", () => {
    const approval = { digest: "the plan", expiresAt: "2026-01-01T12:00:01.000Z" };
    expect(judge({ ...upgrade, approval }).state).toBe("open");
    expect(codes({ ...upgrade, approval })).toEqual(["health-proceed", "approved", "high-risk"]);
    expect(judge({ ...upgrade, approval: { ...approval, digest: "another" } }).state).toBe("held");
  });

  test("needs one approval in the confirm band, not two", () => {
    const approval = { digest: "the plan", expiresAt: "2026-01-01T12:00:01.000Z" };
    const shaky = { ...upgrade, health: healthy(80) };
    expect(codes(shaky)).toEqual(["health-in-confirm-band", "high-risk"]);
    expect(judge(shaky).state).toBe("held");
    expect(judge({ ...shaky, approval }).state).toBe("open");
    expect(codes({ ...shaky, approval })).toEqual(["approved", "health-in-confirm-band", "high-risk"]);
  });

  test("passes by force, and with gate.onHighRisk: proceed", () => {
    expect(judge({ ...upgrade, force: { reason: "tried elsewhere" } }).state).toBe("open");
    const settings = gateSettings({ onHighRisk: "proceed" });
    expect(judge({ ...upgrade, settings }).state).toBe("open");
    expect(codes({ ...upgrade, settings })).toEqual(["health-proceed", "high-risk"]);
  });

  test("passes when it brings back what was verified here", () => {
    const verified = verifiedAs("db.container");
    expect(judge({ ...upgrade, verified }).state).toBe("open");
    expect(judge({ ...upgrade, verified, settings: gateSettings({ restore: "deny" }) }).state).toBe("held");
  });

  test("is finished without another question if its sync was interrupted, unless git wants another text now", () => {
    const pending = (digest: string) => owns(["db.container", { pending: { action: "update", digest } }]);
    const begun = { ...upgrade, inventory: pending("digest of db.container") };
    expect(judge(begun)).toMatchObject({ state: "open", risk: { level: "low", terms: [] } });
    expect(judge({ ...upgrade, inventory: pending("another") }).state).toBe("held");
  });

  test("stays blocked by a low score", () => {
    expect(judge({ ...upgrade, health: healthy(60) }).state).toBe("blocked");
  });
});

describe("docs/gate.md", () => {
  const page = readFileSync(new URL("../../../docs/gate.md", import.meta.url), "utf8");

  test("says from which total a risk is medium and high", () => {
    const rows = [...page.matchAll(/^\| (low|medium|high) \| (\d+) \|/gm)].map(([, level, from]) => ({
      level,
      from: Number(from),
    }));
    expect(rows).toEqual([...RISK_LEVELS].reverse());
  });

  test("gives every term the weight that the code gives it", () => {
    const { score, noScore, needed, image, deleted, firstDeployment } = RISK_WEIGHTS;
    const scores = score.map(({ below, weight }) => `${weight} below a score of ${below}`).reverse();
    const listed = scores.join(", ").replaceAll(/, (\d+) below a score of/g, ", $1 below");
    expect(noScore).toBe(score[0].weight);
    const rows = [...page.matchAll(/^\| `(risk-[a-z-]+)`: .*\| (.*) \|$/gm)].map(([, code, weight]) => [
      code,
      weight,
    ]);
    expect(rows).toEqual([
      ["risk-score", `${listed} or without a report`],
      ["risk-needed", `${needed.each} for each waiting service, at most ${needed.most}`],
      [
        "risk-image-major",
        `${image.major} for each image, ${image.majorOfNeeded} if other services wait for it`,
      ],
      ["risk-image-unclear", `${image.unclear} for each image`],
      [
        "risk-delete",
        `${deleted.instance} for each instance that is deleted as a whole, ${deleted.unit} for each unit of one that stays`,
      ],
      ["risk-first-deployment", `${firstDeployment} in total`],
    ]);
    expect(rows.map(([code]) => code)).toEqual(
      Object.keys(REASONS).filter((code) => code.startsWith("risk-")),
    );
  });
});
