import { expect, test } from "vitest";
import { codesOf, describeHomelab, workOf } from "../support/flow-homelab.ts";
import { cache, web } from "../support/flow-manifests.ts";

/** The database of this homelab in a role that needs no database: an image that others need. */
const CACHE = cache();
const NEXT_MAJOR = CACHE.replace("redis:7-alpine", "redis:8-alpine");
const REDIS = "docker.io/library/redis";

describeHomelab(
  "the risk of a plan",
  { files: { "desired-state/web.yaml": web("dependsOn: [cache]\n"), "desired-state/cache.yaml": CACHE } },
  (home) => {
    test("is low for a first deployment, which passes by itself", async () => {
      const plan = await home().ask("plan");
      expect(plan.document.risk).toEqual({
        level: "low",
        terms: [
          {
            code: "risk-first-deployment",
            message: "2 instances deployed for the first time, the first on this host",
            weight: 1,
          },
        ],
      });
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    });

    test("is high for a major version of what others need, and waits for a person on a healthy host", async () => {
      await home().podman("tag", `${REDIS}:7-alpine`, `${REDIS}:8-alpine`);
      const { exitCode, document } = await home().deploy(
        { "desired-state/cache.yaml": NEXT_MAJOR },
        "Update the cache",
      );
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "held" });
      expect(document.gate).toMatchObject({ state: "held", score: 100, band: "proceed" });
      expect(codesOf(document.gate.reasons)).toEqual(["high-risk"]);
      expect(document.risk).toMatchObject({ level: "high" });
      expect(document.risk.terms.map(({ message, weight }) => [message, weight])).toEqual([
        ["1 service needs cache.service, which the plan restarts", 1],
        ["cache.container: redis goes from 7-alpine to 8-alpine, and others need it", 6],
      ]);
      const { stdout } = await home().lab.quadgate(["reconcile"]);
      expect(stdout).toContain(`Let it through with: quadgate approve ${document.digest.slice(0, 12)}`);
      expect(stdout).toContain("Risk: high");
      expect((await home().history()).at(-1)).toMatchObject({ result: "held", risk: { level: "high" } });
    });

    test("passes with one approval", async () => {
      expect(await home().lab.quadgate(["approve"])).toMatchObject({ exitCode: 0 });
      expect(await home().podman("inspect", "--format", "{{.ImageName}}", "cache")).toBe(`${REDIS}:8-alpine`);
      expect(codesOf((await home().history()).at(-1)?.reasons ?? [])).toEqual([
        "health-proceed",
        "approved",
        "high-risk",
      ]);
    });

    test("does not hold a restore of what was verified here", async () => {
      await home().repo.git("revert", "--no-edit", "HEAD");
      await home().repo.push();
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, work: workOf(document) }).toEqual({
        exitCode: 0,
        work: expect.arrayContaining(["update cache.container"]),
      });
      expect(document.risk.level).toBe("high");
    });

    test("is shown and holds nothing if the repository says so", async () => {
      const files = {
        "quadgate.yaml": "gate: { onHighRisk: proceed }\n",
        "desired-state/cache.yaml": NEXT_MAJOR.replace("8-alpine", "9-alpine"),
      };
      await home().podman("tag", `${REDIS}:7-alpine`, `${REDIS}:9-alpine`);
      const { exitCode, document } = await home().deploy(files, "Update the cache again");
      expect({ exitCode, result: document.result, level: document.risk.level }).toEqual({
        exitCode: 0,
        result: "applied",
        level: "high",
      });
    });
  },
);
