import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import type { HooksSpec } from "../../../src/model/instance.ts";
import { EMPTY_INVENTORY, type Inventory } from "../../../src/model/inventory.ts";
import { instanceDigest, instancesLeftAlone } from "../../../src/plan/index.ts";
import { unitOf } from "../../support/plan-input.ts";

const NO_HOOKS = new Map<string, HooksSpec>();
const web = unitOf("web.container", "new");
const units = [web, unitOf("web.volume"), unitOf("db.container")];

const failed: Inventory = {
  ...EMPTY_INVENTORY,
  failed: {
    web: {
      digest: instanceDigest(units, "web", NO_HOOKS),
      revision: "c0ffee",
      message: "it did not start",
      at: "",
    },
  },
};

const input = {
  invalid: [],
  blocked: [],
  suspended: [],
  orphaned: [],
  units,
  hooks: NO_HOOKS,
  inventory: failed,
  retry: () => false,
};

const byManifest = (instance: string) =>
  ({ instance, by: "manifest", since: null, until: null, reason: null }) as const;

const codes = (more: Partial<Parameters<typeof instancesLeftAlone>[0]>) =>
  Object.fromEntries([...instancesLeftAlone({ ...input, ...more })].map(([name, { code }]) => [name, code]));

describe("an instance's digest", () => {
  it("is the same in whatever order its units come, and whatever other instances do", () => {
    const other = [unitOf("db.container", "changed"), ...units.slice(0, 2).reverse()];
    expect(instanceDigest(other, "web", NO_HOOKS)).toBe(instanceDigest(units, "web", NO_HOOKS));
  });

  it("changes with a unit's text, name or number, and with hooks", () => {
    const digests = [
      instanceDigest(units, "web", NO_HOOKS),
      instanceDigest([unitOf("web.container", "newer"), ...units.slice(1)], "web", NO_HOOKS),
      instanceDigest(units.slice(1), "web", NO_HOOKS),
      instanceDigest(units, "web", new Map([["web", { beforeUpdate: ["dump"], afterUpdate: [] }]])),
      instanceDigest(units, "web", new Map([["web", { beforeUpdate: [], afterUpdate: ["dump"] }]])),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });
});

describe("an instance is left alone", () => {
  it("if an earlier version wrote down that it failed, whose digest covered comments", () => {
    const texts = units.slice(0, 2).map(({ name, digest }) => [name, digest]);
    const digest = digestOf(JSON.stringify([texts.sort(), []]));
    const failedThen = { web: { digest, revision: null, message: "it did not start", at: "" } };
    expect(codes({ inventory: { ...EMPTY_INVENTORY, failed: failedThen } })).toEqual({
      web: "failed-before",
    });
  });

  it("if it failed before with the same desired state", () => {
    expect(codes({})).toEqual({ web: "failed-before" });
    expect(instancesLeftAlone(input).get("web")?.message).toContain("it did not start");
  });

  it("except if it has changed since, a person retries it, or it is in force again", () => {
    expect(codes({ units: [unitOf("web.container", "mended")] })).toEqual({});
    expect(codes({ retry: (instance) => instance === "web" })).toEqual({});
    const owned = (name: string) => ({
      instance: "web",
      service: null,
      digest: unitOf(name).digest,
      revision: null,
    });
    const inForce = {
      ...failed,
      units: {
        "web.container": { ...owned("web.container"), digest: web.digest },
        "web.volume": owned("web.volume"),
      },
    };
    expect(codes({ inventory: inForce })).toEqual({});
  });

  it("if it is suspended or has errors, which takes precedence over any other reason", () => {
    expect(codes({ suspended: [byManifest("web")], invalid: ["db"], blocked: ["db", "web"] })).toEqual({
      web: "instance-suspended",
      db: "instance-invalid",
    });
  });

  it("for its suspension if it also has errors", () => {
    expect(codes({ suspended: [byManifest("db")], invalid: ["db"] }).db).toBe("instance-suspended");
  });
});
