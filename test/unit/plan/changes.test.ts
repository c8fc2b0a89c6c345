import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import type { DriftCause, DriftKind, FieldDrift, UnitDrift } from "../../../src/model/drift.ts";
import { asked, braked, healing, reported } from "../../../src/model/drift-policy.ts";
import { EMPTY_INVENTORY, type InventoryUnit } from "../../../src/model/inventory.ts";
import type { LiveState, ServiceState } from "../../../src/model/live.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { changeFor, deletions, type UnitFacts } from "../../../src/plan/changes.ts";

const TEXT = "[Container]\nImage=web:2\n";
const UNIT: Unit = {
  name: "web.container",
  kind: "container",
  instance: "web",
  content: TEXT,
  mode: "0644",
  digest: digestOf(TEXT),
  origin: { file: "desired-state/web.yaml" },
};

const OWNED: InventoryUnit = {
  instance: "web",
  service: "web.service",
  digest: UNIT.digest,
  revision: "c0ffee",
};

function live(content: string | undefined): LiveState {
  const file = {
    name: UNIT.name,
    path: `/units/${UNIT.name}`,
    content: content ?? "",
    mode: 0o644,
    symlink: false,
  };
  return {
    observedAt: "2026-01-01T00:00:00Z",
    files: new Map(content === undefined ? [] : [[UNIT.name, file]]),
    obstacles: new Map(),
    generated: new Map(),
    services: new Map(),
    containers: [],
    networks: [],
    volumes: [],
    images: [],
    pods: [],
    secrets: [],
    imageDetails: [],
    inputs: new Map(),
  };
}

function drift(cause: DriftCause, value: string, more: Partial<FieldDrift> = {}): UnitDrift {
  const field: FieldDrift = {
    field: "state",
    status: "drift",
    desired: "running",
    live: value,
    cause,
    ...more,
  };
  return {
    unit: UNIT.name,
    service: "web.service",
    container: "web",
    status: "drift",
    fields: [field],
    suggestions: [],
  };
}

interface Row {
  readonly title: string;
  readonly facts: Partial<UnitFacts> & { readonly disk?: string | null };
  readonly action: string;
  readonly codes: readonly string[];
}

function decide({ disk = TEXT, ...facts }: Row["facts"]) {
  return changeFor({
    unit: UNIT,
    service: "web.service",
    owned: OWNED,
    live: live(disk ?? undefined),
    drift: undefined,
    isWatched: false,
    driftPolicy: asked(),
    folders: [],
    ...facts,
  });
}

const PENDING: InventoryUnit = { ...OWNED, pending: { action: "update", digest: UNIT.digest } };
const OLD: InventoryUnit = { ...OWNED, digest: "of another text" };

const ROWS: readonly Row[] = [
  { title: "nothing differs", facts: {}, action: "none", codes: [] },
  { title: "it is new", facts: { owned: undefined, disk: null }, action: "create", codes: ["unit-new"] },
  {
    title: "a foreign file has another text",
    facts: { owned: undefined, disk: "x" },
    action: "create",
    codes: ["unit-new"],
  },
  {
    title: "a foreign file has the same text",
    facts: { owned: undefined },
    action: "none",
    codes: ["adopted"],
  },
  {
    title: "git has another text",
    facts: { owned: OLD, disk: "[Container]\nImage=web:2\nUser=1\n" },
    action: "update",
    codes: ["unit-changed"],
  },
  {
    title: "git now has the text that is in force",
    facts: { owned: OLD, drift: { ...drift("live", ""), status: "match", fields: [] } },
    action: "none",
    codes: ["adopted"],
  },
  {
    title: "git now has the text of the file, which the service was not started with",
    facts: { owned: OLD, drift: drift("outdated", "x") },
    action: "update",
    codes: ["unit-changed"],
  },
  {
    title: "git now has the text of a file without a service",
    facts: { owned: OLD, service: null, drift: { ...drift("live", ""), status: "match", fields: [] } },
    action: "update",
    codes: ["unit-changed"],
  },
  {
    title: "git has another image",
    facts: { owned: OLD, disk: "[Container]\nImage=web:1\n" },
    action: "update",
    codes: ["image-changed", "unit-changed"],
  },
  {
    title: "a sync died while it was updating it",
    facts: { owned: PENDING },
    action: "update",
    codes: ["interrupted"],
  },
  {
    title: "a sync died while it was creating it",
    facts: { owned: { ...PENDING, digest: null } },
    action: "create",
    codes: ["interrupted"],
  },
  { title: "the file was edited", facts: { disk: "x" }, action: "update", codes: ["file-edited"] },
  { title: "the file is gone", facts: { disk: null }, action: "update", codes: ["file-missing"] },
  {
    title: "the file was edited, unattended",
    facts: { disk: "x", driftPolicy: reported() },
    action: "none",
    codes: ["file-edited", "drift-reported"],
  },
  {
    title: "the file was edited, and the manifest says heal",
    facts: { disk: "x", driftPolicy: healing() },
    action: "update",
    codes: ["file-edited", "self-heal"],
  },
  {
    title: "the file was edited once more after too many heals",
    facts: { disk: "x", driftPolicy: braked(3, null) },
    action: "none",
    codes: ["file-edited", "heal-braked"],
  },
  {
    title: "systemd has not loaded it",
    facts: { drift: drift("not-reloaded", "not loaded"), driftPolicy: reported() },
    action: "restart",
    codes: ["not-reloaded"],
  },
  {
    title: "the container was made from an older text",
    facts: { drift: drift("outdated", "x"), driftPolicy: reported() },
    action: "restart",
    codes: ["container-outdated"],
  },
  {
    title: "the container was changed",
    facts: { drift: drift("live", "2G") },
    action: "restart",
    codes: ["live-drift"],
  },
  {
    title: "the container was changed, unattended",
    facts: { drift: drift("live", "2G"), driftPolicy: reported() },
    action: "none",
    codes: ["live-drift", "drift-reported"],
  },
  {
    title: "the service is down",
    facts: { drift: drift("state", "inactive") },
    action: "restart",
    codes: ["service-inactive"],
  },
  {
    title: "the service has failed",
    facts: { drift: drift("state", "failed", { kinds: ["failed"] }) },
    action: "restart",
    codes: ["service-failed"],
  },
  {
    title: "the container is gone",
    facts: { drift: drift("state", "missing", { kinds: ["missing"] }) },
    action: "restart",
    codes: ["container-missing"],
  },
  {
    title: "the container is unhealthy",
    facts: { drift: drift("state", "unhealthy", { kinds: ["unhealthy"] }) },
    action: "restart",
    codes: ["container-unhealthy"],
  },
  {
    title: "the service is masked",
    facts: { drift: drift("override", "masked", { kinds: ["masked"] }) },
    action: "none",
    codes: ["service-masked"],
  },
  {
    title: "the host's own settings change it",
    facts: { drift: drift("override", "changed by a drop-in") },
    action: "none",
    codes: ["host-override"],
  },
];

describe("a unit whose service the host's own settings change", () => {
  const override = drift("override", "changed by a drop-in", { kinds: ["drop-in"] }).fields;
  const beside = (cause: DriftCause, message: string, driftPolicy = asked(), own = override) => {
    const other = drift(cause, "other").fields.map((field) => ({ ...field, message }));
    return decide({ drift: { ...drift(cause, "other"), fields: [...own, ...other] }, driftPolicy }).action;
  };

  it("is restarted for changes to its container, and left alone for what those settings may explain", () => {
    expect(beside("live", "podman network disconnect")).toBe("restart");
    expect(beside("input", "a secret was replaced")).toBe("restart");
    expect(beside("override", "drop-in /x.conf")).toBe("none");
    expect(beside("outdated", "the container was made from another unit text")).toBe("none");
  });

  it("is not restarted for changes that other files read by Quadlet explain", () => {
    const byFiles = drift("override", "another text").fields;
    expect(beside("outdated", "created by hand", reported(), byFiles)).toBe("restart");
    expect(beside("override", "changed by container.d/x.conf", asked(), byFiles)).toBe("none");
  });

  it("is left alone while it is masked or another file takes precedence over it", () => {
    for (const kinds of [["masked"], ["shadowed", "drop-in"]] as const)
      expect(beside("live", "podman update", asked(), drift("override", "", { kinds }).fields)).toBe("none");
  });

  it("is not mistaken for a changed one because of what its values say", () => {
    const byFiles = drift("override", "another text").fields;
    const values = drift("outdated", "HOW=masked,shadowed,drop-in", { field: "environment" }).fields;
    const fields = [...byFiles, ...values];
    expect(decide({ drift: { ...drift("override", ""), fields } }).action).toBe("restart");
  });
});

describe("a unit", () => {
  it.each(ROWS)("is planned when $title: $action", ({ facts, action, codes }) => {
    const change = decide(facts);
    expect({ action: change.action, codes: change.reasons.map(({ code }) => code) }).toEqual({
      action,
      codes,
    });
  });

  it("that is a network says what its change means", () => {
    const network = { ...UNIT, name: "web.network", kind: "network" as const };
    expect(decide({ unit: network, owned: OLD }).reasons.map(({ code }) => code)).toEqual([
      "network-changed",
    ]);
  });

  describe("removes a drop-in of systemctl set-property", () => {
    const folder = "/home/me/.config/systemd/user.control/web.service.d";
    const controls = ["50-MemoryMax", "50-MemoryHighScale", "50-CPUQuota", "50-IPAccounting"].map(
      (name) => `${folder}/${name}.conf`,
    );
    const dropInPaths = [...controls, "/home/me/.config/systemd/user/web.service.d/50-MemoryMax.conf"];
    const host = (name: string): LiveState => ({
      ...live(TEXT),
      services: new Map([[name, { name, dropInPaths } as unknown as ServiceState]]),
    });
    const differs = (...paths: readonly string[]) =>
      drift("live", "6G", { field: "memory", diff: paths.map((path) => ({ path, from: "4G", to: "6G" })) });

    it("for the limits that differ, whatever the reason for the change", () => {
      const facts = { live: host("web.service"), drift: differs("memory.max", "memory.high") };
      for (const owned of [OWNED, OLD, PENDING])
        expect(decide({ ...facts, owned }).controls).toEqual(controls.slice(0, 2));
      expect(decide({ ...facts, drift: differs("cpu.quota") }).controls).toEqual([controls[2]]);
    });

    it("except if nothing differs, or ignoreDrift allows what does", () => {
      const allowed = drift("live", "6G", { field: "memory", status: "match" });
      for (const found of [undefined, allowed, differs("environment.TZ")])
        expect(decide({ live: host("web.service"), drift: found })).not.toHaveProperty("controls");
    });

    it("on any instance of a template", () => {
      const unit = { ...UNIT, name: "web@.container" };
      const facts = { unit, service: null, drift: differs("memory.max") };
      expect(decide({ ...facts, live: host("web@one.service") }).controls).toEqual([controls[0]]);
      expect(decide({ ...facts, live: host("web.service") })).not.toHaveProperty("controls");
    });
  });

  it("shows the difference between what is on the host and what git wants", () => {
    expect(decide({ owned: OLD, disk: "[Container]\nImage=web:1\n" }).diff).toEqual([
      { path: "Container.Image", from: "web:1", to: "web:2" },
    ]);
    const diff = [{ path: "memory", from: "4G", to: "2G" }];
    expect(decide({ drift: drift("live", "2G", { diff }) }).diff).toEqual([
      { path: "memory", from: "2G", to: "4G" },
    ]);
    expect(decide({ owned: undefined, disk: null }).diff).toEqual([]);
  });
});

describe("the list of deletions", () => {
  const units = {
    "kept.container": { ...OWNED, instance: "kept" },
    "gone.container": { ...OWNED, instance: "gone" },
    "leftAlone.container": { ...OWNED, instance: "leftAlone" },
    "half.container": {
      ...OWNED,
      instance: "half",
      digest: null,
      pending: { action: "create" as const, digest: "x" },
    },
  };

  it("contains what is in the inventory but not in git, except what must be left alone", () => {
    const found = deletions(
      { ...EMPTY_INVENTORY, units },
      new Set(["kept.container"]),
      (instance) => instance !== "leftAlone",
      live(undefined),
    );
    expect(found.map(({ unit, action, reasons }) => [unit, action, reasons[0]?.code])).toEqual([
      ["gone.container", "delete", "unit-removed"],
      ["half.container", "delete", "interrupted"],
    ]);
  });
});

describe("a unit of which only comments or the description differ", () => {
  const BEFORE = `# Why\n${TEXT}`;
  const inForce: InventoryUnit = { ...OWNED, digest: digestOf(BEFORE) };
  const begun = (reloadOnly?: true): InventoryUnit => ({
    ...inForce,
    pending: { action: "update", digest: UNIT.digest, ...(reloadOnly && { reloadOnly }) },
  });
  const notReloaded = (kind: DriftKind) => drift("not-reloaded", "another text", { kinds: [kind] });
  const shortOf = (facts: Row["facts"]) => {
    const { action, reasons, reloadOnly = false, controls, folders } = decide(facts);
    return { action, codes: reasons.map(({ code }) => code), reloadOnly, more: controls ?? folders ?? null };
  };

  it.each<[string, Row["facts"], string, readonly string[]]>([
    ["git changes them", { owned: inForce, disk: BEFORE }, "update", ["comment-changed"]],
    ["a person edits them", { disk: BEFORE }, "update", ["file-edited"]],
    [
      "a sync was interrupted before it wrote them",
      { owned: begun(true), disk: BEFORE },
      "update",
      ["interrupted"],
    ],
    ["a sync was interrupted after it wrote them", { owned: begun(true) }, "update", ["interrupted"]],
    ["systemd has not loaded them", { drift: notReloaded("comment") }, "update", ["not-reloaded"]],
    [
      "its service is down, which this sync may not mend",
      { owned: inForce, disk: BEFORE, drift: drift("state", "inactive"), driftPolicy: reported() },
      "update",
      ["comment-changed", "service-inactive", "drift-reported"],
    ],
  ])("is reloaded and not restarted if %s", (_, facts, action, codes) => {
    expect(shortOf(facts)).toEqual({ action, codes, reloadOnly: true, more: null });
  });

  it.each<[string, Row["facts"], readonly string[]]>([
    ["a person put the text there, with unknown effect", { owned: OLD, disk: BEFORE }, ["unit-changed"]],
    ["a sync was interrupted that changed more", { owned: begun(), disk: BEFORE }, ["interrupted"]],
    [
      "its service is down",
      { owned: inForce, disk: BEFORE, drift: drift("state", "inactive") },
      ["comment-changed", "service-inactive"],
    ],
    [
      "its container was made from another text",
      { owned: inForce, disk: BEFORE, drift: drift("outdated", "x") },
      ["comment-changed", "container-outdated"],
    ],
    [
      "systemd has loaded more than another description",
      { owned: inForce, disk: BEFORE, drift: notReloaded("drop-in") },
      ["comment-changed", "not-reloaded"],
    ],
  ])("is restarted if %s", (_, facts, codes) => {
    expect(shortOf(facts)).toMatchObject({ action: "update", codes, reloadOnly: false });
  });

  it("makes a file restart what mounts it, whatever changes in the file", () => {
    const unit: Unit = { ...UNIT, kind: "file" };
    expect(shortOf({ unit, owned: inForce, disk: BEFORE })).toMatchObject({
      codes: ["unit-changed"],
      reloadOnly: false,
    });
  });

  it("is no unit but its drop-in, if git drops that: only one that said nothing goes without a restart", () => {
    const name = "web.container.d/note.conf";
    const owned: InventoryUnit = { ...OWNED, service: null };
    const gone = (content: string, more: Partial<InventoryUnit> = {}) => {
      const file = { name, path: `/units/${name}`, content, mode: 0o644, symlink: false };
      const host = { ...live(undefined), files: new Map([[name, file]]) };
      const inventory = { ...EMPTY_INVENTORY, units: { [name]: { ...owned, ...more } } };
      return deletions(inventory, new Set(), () => true, host)[0]?.reloadOnly ?? false;
    };
    expect([gone("# a\n[X-B]\nc=d\n"), gone("[Service]\nNice=1\n"), gone("# a\n", PENDING)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
