import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EMPTY_INVENTORY, type Inventory, type InventoryUnit } from "../../../src/model/inventory.ts";
import type { Action, Outcome, OutcomeKind } from "../../../src/model/plan.ts";
import { type ConclusionInput, conclude } from "../../../src/sync/conclude.ts";
import { change, plan } from "../../support/gate-input.ts";

const DONE = {
  create: "created",
  update: "updated",
  restart: "restarted",
  delete: "deleted",
  none: "unchanged",
};

/** How an instance of one container went: what was to be done, and what came of it. */
interface Went {
  readonly action: Action;
  readonly ends?: OutcomeKind;
  /** Instances that it needs. */
  readonly needs?: readonly string[];
  /** Instances that are started before it. */
  readonly after?: readonly string[];
  /** Whether its service is down at the end, although nothing was done to it. */
  readonly down?: boolean;
}

const unit = (name: string) => `${name}.container`;
const service = (name: string) => `${name}.service`;

/** In force before: whatever is not created. Text of before is `old`; a restart and `none` keep the text. */
function owned(name: string, { action }: Went): readonly (readonly [string, InventoryUnit])[] {
  const digest = action === "update" || action === "delete" ? "old" : `digest of ${unit(name)}`;
  const row = { instance: name, service: service(name), digest, revision: "before" };
  return action === "create" ? [] : [[unit(name), row]];
}

function concluding(
  went: Readonly<Record<string, Went>>,
  more: Partial<ConclusionInput> = {},
): ConclusionInput {
  const rows = Object.entries(went);
  const before: Inventory = {
    ...EMPTY_INVENTORY,
    generation: "g1",
    units: Object.fromEntries(rows.flatMap(([name, one]) => owned(name, one))),
  };
  const outcomes = rows
    .filter(([, { action }]) => action !== "none")
    .map(([instance, { action, ends = DONE[action] as OutcomeKind }]): Outcome => {
      const bad = ends === "failed" || ends === "skipped";
      return { instance, unit: unit(instance), outcome: ends, durationMs: 1, ...(bad && { message: "why" }) };
    });
  const isBad = (name: string) => went[name]?.ends === "failed" || went[name]?.ends === "skipped";
  const down = new Set(rows.filter(([name, one]) => one.down || isBad(name)).map(([name]) => service(name)));
  return {
    plan: plan(rows.map(([name, { action }]) => change(action, unit(name)))),
    outcomes,
    inventory: before,
    before,
    needs: new Map(rows.map(([name, { needs = [] }]) => [service(name), new Set(needs.map(service))])),
    waitsFor: new Map(
      rows.map(([name, { needs = [], after = [] }]) => [
        service(name),
        new Set([...needs, ...after].map(service)),
      ]),
    ),
    isActive: (name) => !down.has(name),
    puttingBack: new Set(),
    stopped: false,
    digestOf: (instance) => `desired ${instance}`,
    over: [],
    now: "2026-01-01T12:00:00.000Z",
    ...more,
  };
}

function verdictOn(went: Readonly<Record<string, Went>>, more?: Partial<ConclusionInput>) {
  const { putBack, takenAlong, attempts, done, failed } = conclude(concluding(went, more));
  return {
    putBack: [...putBack].sort(),
    takenAlong: Object.fromEntries(takenAlong),
    attempts: Object.fromEntries(
      Object.entries(attempts).map(([name, { because }]) => [name, because ?? "itself"]),
    ),
    done: done.map(({ instance }) => instance).sort(),
    failed: [...failed.keys()].sort(),
  };
}

describe("the conclusion of an apply", () => {
  it.each<[string, Readonly<Record<string, Went>>, Partial<ReturnType<typeof verdictOn>>]>([
    [
      "all done if nothing failed",
      { db: { action: "create" }, web: { action: "update", needs: ["db"] } },
      { done: ["db", "web"], putBack: [], attempts: {}, failed: [] },
    ],
    [
      "the one put back that failed by itself, the others done",
      { db: { action: "create" }, web: { action: "update", ends: "failed", needs: ["db"] } },
      { done: ["db"], putBack: ["web"], attempts: { web: "itself" }, failed: ["web"] },
    ],
    [
      "a well instance put back with the new one that it needs and that is removed",
      { db: { action: "create", ends: "failed" }, web: { action: "update", needs: ["db"] } },
      { done: [], putBack: ["db", "web"], takenAlong: { web: "db" }, attempts: { db: "itself", web: "db" } },
    ],
    [
      "a well instance put back with one that returns to another text",
      { db: { action: "update", ends: "failed" }, web: { action: "update", needs: ["db"] } },
      { done: [], putBack: ["db", "web"], attempts: { db: "itself", web: "db" } },
    ],
    [
      "the whole chain put back, each on account of the next",
      {
        db: { action: "create", ends: "failed" },
        api: { action: "create", needs: ["db"] },
        web: { action: "update", needs: ["api"] },
      },
      { putBack: ["api", "db", "web"], attempts: { db: "itself", api: "db", web: "api" } },
    ],
    [
      "no blame for one whose dependency failed",
      {
        db: { action: "create", ends: "failed" },
        web: { action: "create", ends: "failed", needs: ["db"] },
      },
      { putBack: ["db", "web"], attempts: { db: "itself", web: "db" }, failed: ["db", "web"] },
    ],
    [
      "no blame for one that was skipped",
      {
        db: { action: "create", ends: "failed" },
        web: { action: "create", ends: "skipped", needs: ["db"] },
      },
      { attempts: { db: "itself", web: "db" } },
    ],
    [
      "no blame for one that was not started because another one before it failed",
      {
        app: { action: "update", ends: "failed" },
        web: { action: "update", ends: "skipped", after: ["app"] },
      },
      { putBack: ["app", "web"], attempts: { app: "itself", web: "app" } },
    ],
    [
      "no blame for one whose unchanged dependency is down",
      { db: { action: "none", down: true }, web: { action: "update", ends: "failed", needs: ["db"] } },
      { putBack: ["web"], attempts: { web: "db" } },
    ],
    [
      "a restarted instance that fails counted against the new text that it was restarted for",
      { db: { action: "update" }, web: { action: "restart", ends: "failed", needs: ["db"] } },
      { done: [], putBack: ["db"], attempts: { db: "itself" }, failed: ["db", "web"] },
    ],
    [
      "nothing put back for a restart that failed by itself",
      { web: { action: "restart", ends: "failed" } },
      { putBack: [], attempts: {}, failed: ["web"], done: [] },
    ],
    [
      "an unchanged instance left where it is although what it needs is put back",
      { db: { action: "update", ends: "failed" }, web: { action: "none", needs: ["db"] } },
      { putBack: ["db"], attempts: { db: "itself" } },
    ],
    [
      "a well instance done although one fails that needs it",
      { db: { action: "update" }, web: { action: "update", ends: "failed", needs: ["db"] } },
      { done: ["db"], putBack: ["web"] },
    ],
    [
      "no failure of a deletion put back",
      { web: { action: "delete", ends: "failed" } },
      { putBack: [], attempts: {}, failed: [], done: [] },
    ],
  ])("is %s", (_, went, expected) => {
    expect(verdictOn(went)).toMatchObject(expected);
  });

  it("blames and takes along nothing that this sync left as it was, whatever git asks for it", () => {
    const input = concluding({
      db: { action: "none" },
      web: { action: "none", needs: ["db"] },
      app: { action: "update", ends: "failed", needs: ["db"] },
    });
    const stale = Object.entries(input.before.units).map(
      ([name, one]) => [name, { ...one, digest: "old" }] as const,
    );
    const { putBack, attempts } = conclude({
      ...input,
      before: { ...input.before, units: Object.fromEntries(stale) },
    });
    expect([[...putBack], Object.keys(attempts)]).toEqual([["app"], ["app"]]);
  });

  it("puts back only the shared network that failed, with what needs it", () => {
    const shared = (name: string) => change("create", `${name}.network`, { instance: "networks" });
    const input = concluding({ app2: { action: "create" }, app3: { action: "create" } });
    const failed: Outcome = {
      instance: "networks",
      unit: "n2.network",
      outcome: "failed",
      durationMs: 1,
      message: "subnet in use",
    };
    const made: Outcome = { ...failed, unit: "n3.network", outcome: "created" };
    const { putBack, done } = conclude({
      ...input,
      plan: plan([shared("n2"), shared("n3"), ...input.plan.changes]),
      outcomes: [failed, made, ...input.outcomes],
      needs: new Map([
        ["app2.service", new Set(["n2.service"])],
        ["app3.service", new Set(["n3.service"])],
      ]),
    });
    expect([...putBack].sort()).toEqual(["app2", "networks"]);
    expect(done.map(({ unit: name }) => name).sort()).toEqual(["app3.container", "n3.network"]);
  });

  it("counts nothing as failed and puts nothing back if quadgate was asked to stop", () => {
    const went: Readonly<Record<string, Went>> = { web: { action: "update", ends: "failed" } };
    expect(verdictOn(went, { stopped: true })).toMatchObject({ putBack: [], attempts: {}, failed: ["web"] });
  });

  it("records no failed attempt for what is being put back", () => {
    const went: Readonly<Record<string, Went>> = { web: { action: "update", ends: "failed" } };
    expect(verdictOn(went, { puttingBack: new Set(["web"]) })).toMatchObject({ putBack: [], attempts: {} });
  });

  it("keeps the marks of what is put back, and the attempts of others", () => {
    const other = { digest: "d", revision: null, message: "m", at: "t" };
    const input = concluding({ web: { action: "update", ends: "failed" }, db: { action: "update" } });
    const pending = { action: "update", digest: "new" } as const;
    const marked = Object.entries(input.before.units).map(
      ([name, one]) => [name, { ...one, pending }] as const,
    );
    const inventory = { ...input.before, units: Object.fromEntries(marked), failed: { other, db: other } };
    const after = conclude({ ...input, inventory }).inventory;
    expect(after.units[unit("web")]?.pending).toEqual(pending);
    expect(after.units[unit("db")]).not.toHaveProperty("pending");
    expect(Object.keys(after.failed).sort()).toEqual(["other", "web"]);
    expect(after.failed.web).toMatchObject({
      digest: "desired web",
      before: "g1",
      message: "web.container: why",
    });
  });

  const names = ["a", "b", "c", "d", "e"];
  const went = fc.tuple(
    ...names.map((_, index) =>
      fc.record({
        action: fc.constantFrom<Action>("create", "update", "restart", "none", "delete"),
        ends: fc.constantFrom<OutcomeKind | undefined>(undefined, "failed", "skipped"),
        needs: fc.subarray(names.slice(0, index)),
      }),
    ),
  );

  it("puts back only new texts, with all new texts that need them, each for a cause that is put back", () => {
    fc.assert(
      fc.property(went, (rows) => {
        const all = Object.fromEntries(
          rows.map(({ ends, ...row }, index) => [
            names[index] ?? "",
            { ...row, ...(ends !== undefined && row.action !== "none" && { ends }) },
          ]),
        );
        const { putBack, attempts, done } = conclude(concluding(all));
        const isNew = (name: string) => /^(create|update|delete)$/.test(all[name]?.action ?? "");
        expect([...putBack].filter((name) => !isNew(name))).toEqual([]);
        expect(Object.keys(attempts).sort()).toEqual([...putBack].sort());
        for (const name of names.filter(isNew)) {
          const below = (all[name]?.needs ?? []).filter((one) => putBack.has(one));
          if (below.length > 0) expect({ name, isBack: putBack.has(name) }).toEqual({ name, isBack: true });
        }
        expect(done.filter(({ instance }) => putBack.has(instance))).toEqual([]);
      }),
    );
  });
});
