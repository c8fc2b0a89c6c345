import { expect, test } from "vitest";
import type { DriftReport } from "../../../src/model/drift.ts";
import type { Folder } from "../../../src/model/host-requirements.ts";
import { EMPTY_INVENTORY } from "../../../src/model/inventory.ts";
import type { Plan } from "../../../src/model/plan.ts";
import { makePlan, type PlanInput } from "../../../src/plan/index.ts";
import { FACTS } from "../../support/health-host.ts";
import { generated, liveWith, unitOf } from "../../support/plan-input.ts";

const UNIT = unitOf("web.container");
const OWNED = { instance: "web", service: "web.service", digest: "of an older text", revision: "a" };
const FOLDER: Folder = {
  path: "/srv/web",
  instance: "web",
  units: [UNIT.name],
  purpose: undefined,
  mode: "0700",
  owner: undefined,
  userns: "",
  nocow: false,
  declared: true,
};

const NO_DRIFT: DriftReport = {
  schemaVersion: 1,
  revision: "c0ffee",
  host: "htpc",
  observedAt: "2026-01-01T00:00:00.000Z",
  summary: { instances: 0, match: 0, drift: 0, warning: 0 },
  instances: [],
};

function planFor(overrides: Partial<PlanInput>): Plan {
  return makePlan({
    revision: "b",
    host: "htpc",
    facts: FACTS,
    units: [UNIT],
    generated: generated({ "web.service": "" }),
    live: liveWith([]),
    loaded: new Map(),
    inventory: { ...EMPTY_INVENTORY, units: { [UNIT.name]: OWNED } },
    drift: NO_DRIFT,
    leftAlone: new Map(),
    prune: true,
    driftPolicyOf: () => ({ mends: true, why: null }),
    issues: [],
    warnings: [],
    ...overrides,
  });
}

test("the digest of a plan covers the commands that run before an update, and the folders it makes", () => {
  const hooks = (...beforeUpdate: readonly string[]) => ({
    hooks: new Map([["web", { beforeUpdate, afterUpdate: [] }]]),
  });
  const after = (beforeUpdate: readonly string[], ...afterUpdate: readonly string[]) => ({
    hooks: new Map([["web", { beforeUpdate, afterUpdate }]]),
  });
  const inputs: readonly Partial<PlanInput>[] = [
    {},
    hooks("dump"),
    hooks("dump", "sync"),
    hooks("dump sync"),
    after([], "dump"),
    after(["dump"], "sync"),
    after([], "dump", "sync"),
    { folders: [FOLDER] },
    { folders: [{ ...FOLDER, mode: "0777" }] },
    { folders: [{ ...FOLDER, owner: { uid: 999, gid: 999 } }] },
  ];
  const digests = inputs.map((input) => planFor(input).digest);
  expect(new Set(digests).size).toBe(inputs.length);
  expect(planFor({ hooks: new Map([["other", { beforeUpdate: ["dump"], afterUpdate: [] }]]) }).digest).toBe(
    digests[0],
  );
});

test("the commands before an update are shown with it, and a new unit's commands are part of the digest", () => {
  const hooks = new Map([["web", { beforeUpdate: ["dump --password x"], afterUpdate: [] }]]);
  const [update] = planFor({ hooks }).changes;
  expect(update?.reasons.at(-1)).toEqual({
    code: "hooks-run",
    message: "runs in the container before the update: dump --password (hidden)",
  });
  const [create] = planFor({ hooks, inventory: EMPTY_INVENTORY }).changes;
  expect(create?.hooks).toBe(update?.hooks);
  expect(create?.reasons.map(({ code }) => code)).toEqual(["unit-new"]);
});

test("the commands for a new container are shown with its first deployment and with each update", () => {
  const hooks = new Map([["web", { beforeUpdate: ["dump"], afterUpdate: ["migrate --password x", "test"] }]]);
  const reasonsOf = (input: Partial<PlanInput>) =>
    planFor({ hooks, ...input })
      .changes[0]?.reasons.filter(({ code }) => code === "hooks-run")
      .map(({ message }) => message);
  const after = "runs in the new container once it has stayed up: migrate --password (hidden); test";
  expect(reasonsOf({ inventory: EMPTY_INVENTORY })).toEqual([after]);
  expect(reasonsOf({})).toEqual(["runs in the container before the update: dump", after]);
});

test("the digest of a plan covers the image to which a tag has moved", () => {
  const owned = { ...EMPTY_INVENTORY, units: { [UNIT.name]: { ...OWNED, digest: UNIT.digest } } };
  const file = {
    name: UNIT.name,
    path: `/units/${UNIT.name}`,
    content: UNIT.content,
    mode: 0o644,
    symlink: false,
  };
  const live = { ...liveWith([]), files: new Map([[UNIT.name, file]]) };
  const moved = (...ids: readonly (string | null)[]): Plan => {
    // Drift tells the way that the host went: from what the name means to what runs.
    const diff = ids.map((from) => ({ path: "image.id", from, to: "runs" }));
    const fields = [{ field: "image", status: "drift" as const, desired: "web", live: "web", diff }];
    const of = { unit: UNIT.name, service: "web.service", container: "web", suggestions: [] };
    const units = [{ ...of, status: "drift" as const, fields }];
    const instances = [{ instance: "web", status: "drift" as const, units }];
    return planFor({ inventory: owned, live, drift: { ...NO_DRIFT, instances } });
  };
  expect(moved("new").changes[0]).toMatchObject({
    action: "restart",
    diff: [{ path: "image.id", from: "runs", to: "new" }],
  });
  expect(new Set([moved("new").digest, moved("newer").digest, moved().digest]).size).toBe(3);
  expect(moved(null).digest).toBe(moved().digest);
});
