import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createFiles } from "../../../src/host/files.ts";
import { EMPTY_INVENTORY, type Inventory } from "../../../src/model/inventory.ts";
import type { HeldPlan } from "../../../src/model/record.ts";
import { openState, type State } from "../../../src/state/index.ts";
import { FACTS } from "../../support/health-host.ts";
import { MemoryFiles } from "../../support/memory-files.ts";

const DIR = "/state";

let files: MemoryFiles;
let state: State;

beforeEach(() => {
  files = new MemoryFiles();
  state = openState({ files, facts: { ...FACTS, stateDir: DIR } });
});

const INVENTORY: Inventory = {
  schemaVersion: 1,
  appliedRevision: "c0ffee",
  appliedRevisions: [{ revision: "c0ffee", number: 4 }],
  generation: "abc",
  units: {
    "web.container": {
      instance: "web",
      service: "web.service",
      digest: null,
      revision: "c0ffee",
      pending: { action: "create", digest: "d1" },
    },
    "/srv/web.conf": { instance: "web", service: null, digest: "d2", revision: null },
  },
  ignoreDrift: { web: ["environment.BUILD_ID"] },
  suspended: ["db"],
  unpruned: [],
  orphaned: [],
  failed: { db: { digest: "d3", revision: "c0ffee", message: "did not start", at: "2026-01-01T12:00:00Z" } },
  texts: {},
  kept: {},
  due: [],
  settlingRevision: null,
};

describe("the inventory", () => {
  test("is empty before the first sync", async () => {
    expect(await state.readInventory()).toEqual(EMPTY_INVENTORY);
  });

  test("is read as it was written", async () => {
    await state.writeInventory(INVENTORY);
    expect(await state.readInventory()).toEqual(INVENTORY);
  });

  test.each([
    ["an empty file", ""],
    ["half a file", '{"schemaVersion":1,"appliedRevision":nul'],
    ["no object", "[]"],
    ["an empty object", "{}"],
    ["a later version", JSON.stringify({ ...INVENTORY, schemaVersion: 2 })],
    ["an unknown key", JSON.stringify({ ...INVENTORY, extra: 1 })],
    ["a unit of another shape", JSON.stringify({ ...INVENTORY, units: { x: { instance: 1 } } })],
  ])("that is damaged (%s) is an error and is not treated as empty", async (_, content) => {
    files.put(`${DIR}/inventory.json`, content);
    await expect(state.readInventory()).rejects.toMatchObject({
      name: "QuadgateError",
      reason: "state-unreadable",
      message: expect.stringContaining(`${DIR}/inventory.json`),
      hint: expect.stringContaining("backup"),
    });
  });

  test("that cannot be read is an error and is not treated as empty", async () => {
    files.read = () => Promise.reject(new Error("EACCES"));
    await expect(state.readInventory()).rejects.toMatchObject({ reason: "state-unreadable" });
  });

  test("stays as it was when it cannot be written", async () => {
    await state.writeInventory(INVENTORY);
    files.beforeChange = () => {
      throw new Error("ENOSPC");
    };
    await expect(state.writeInventory(EMPTY_INVENTORY)).rejects.toMatchObject({ reason: "state-unwritable" });
    expect(await state.readInventory()).toEqual(INVENTORY);
  });
});

describe("a stored approval", () => {
  const approval = { digest: "d", expiresAt: "2026-01-01T12:00:00Z" };

  test("exists from its writing to its clearing", async () => {
    expect(await state.readApproval()).toBeNull();
    await state.writeApproval(approval);
    expect(await state.readApproval()).toEqual(approval);
    await state.clearApproval();
    expect(await state.readApproval()).toBeNull();
  });

  test("keeps what its sync has begun, folders and all", async () => {
    const folder = { path: "/srv/web", mode: "0700", owner: { uid: 33, gid: 33 }, nocow: true };
    const begun = [{ unit: "web.container", digest: "t", hooks: "h", folders: [folder], image: "i" }];
    await state.writeApproval({ ...approval, begun });
    expect(await state.readApproval()).toEqual({ ...approval, begun });
  });

  test("from before folders were kept is read", async () => {
    const old = {
      ...approval,
      approvedAt: "2026-01-01T11:00:00Z",
      begun: [{ unit: "web.container", digest: null }],
    };
    files.put(`${DIR}/approval.json`, JSON.stringify(old));
    expect(await state.readApproval()).toEqual(old);
  });

  test("approves nothing if it is damaged", async () => {
    files.put(`${DIR}/approval.json`, '{"digest":"d"}');
    expect(await state.readApproval()).toBeNull();
  });
});

test("a stored held plan exists from its writing to its clearing", async () => {
  const held: HeldPlan = {
    digest: "d",
    revision: "c0ffee",
    summary: { create: 1, update: 0, restart: 0, delete: 0, none: 3 },
    reasons: [{ code: "health-in-confirm-band", message: "m" }],
    score: 80,
    at: "2026-01-01T12:00:00Z",
    asked: { attended: false, only: ["web"], retry: false, allowEmpty: false, allowPrune: true },
    approvalMs: 3_600_000,
  };
  expect(await state.readHeld()).toBeNull();
  await state.writeHeld(held);
  expect(await state.readHeld()).toEqual(held);
  await state.clearHeld();
  expect(await state.readHeld()).toBeNull();
});

describe("the list of verified texts", () => {
  test("adds up", async () => {
    await state.addVerified(["a", "b"]);
    await state.addVerified(["b", "c"]);
    expect(await state.verifiedTexts()).toEqual(new Set(["a", "b", "c"]));
  });

  test("is bounded, and drops the texts verified longest ago first", async () => {
    await state.addVerified(Array.from({ length: 4000 }, (_, i) => `old ${i}`));
    await state.addVerified(["old 0", "new"]);
    const texts = await state.verifiedTexts();
    expect(texts.size).toBe(4000);
    expect(texts.has("old 0")).toBe(true);
    expect(texts.has("new")).toBe(true);
    expect(texts.has("old 1")).toBe(false);
  });

  test("counts as empty if it is damaged, and is repaired by the next write", async () => {
    files.put(`${DIR}/verified.json`, "{");
    expect(await state.verifiedTexts()).toEqual(new Set());
    await state.addVerified(["a"]);
    expect(await state.verifiedTexts()).toEqual(new Set(["a"]));
  });

  test("is not written if there is nothing to add", async () => {
    await state.addVerified([]);
    expect(files.files.size).toBe(0);
  });
});

test("stored state can be read by its owner alone", async () => {
  const root = await mkdtemp(join(tmpdir(), "quadgate-state-"));
  try {
    const real = createFiles();
    const onDisk = openState({ files: real, facts: { ...FACTS, stateDir: join(root, "quadgate") } });
    await onDisk.writeInventory(INVENTORY);
    expect(await onDisk.readInventory()).toEqual(INVENTORY);
    expect((await real.stat(join(root, "quadgate")))?.mode).toBe(0o700);
    expect((await real.stat(join(root, "quadgate/inventory.json")))?.mode).toBe(0o600);
  } finally {
    await rm(root, { recursive: true });
  }
});
