import { describe, expect, test } from "vitest";
import { digestOf as sha256 } from "../../../src/lib/digest.ts";
import { intentOf, intentsOf, planDigest } from "../../../src/model/intent.ts";
import { EMPTY_INVENTORY, type Inventory } from "../../../src/model/inventory.ts";
import type { Change, MadeFolder } from "../../../src/model/plan.ts";
import { approves } from "../../../src/model/record.ts";

const FOLDER: MadeFolder = { path: "/srv/web", mode: "0700", owner: { uid: 33, gid: 33 }, nocow: false };
const MOVED = { path: "image.id", from: "runs", to: "new" };
const CHANGE: Change = {
  instance: "web",
  unit: "web.container",
  service: "web.service",
  action: "update",
  reasons: [{ code: "folder-missing", message: "creates the folder /srv/web (mode 0700)" }],
  diff: [MOVED],
  digest: "text",
  hooks: "commands",
  folders: [FOLDER],
};

const digestOf = (...changes: readonly Partial<Change>[]) =>
  planDigest(
    "htpc",
    changes.map((one) => ({ ...CHANGE, ...one })),
  );

describe("a plan's digest", () => {
  test("stays the same however its reasons are worded", () => {
    const reworded = [{ code: "folder-missing", message: "another sentence" }];
    expect(digestOf({ reasons: reworded })).toBe(digestOf({}));
    expect(digestOf({ reasons: [] })).toBe(digestOf({}));
  });

  test("leaves out units that stay as they are", () => {
    expect(digestOf({}, { unit: "cache.container", action: "none" })).toBe(digestOf({}));
  });

  test("of a plan that makes no folders has the form that it has always had", () => {
    const { folders: _, ...folderless } = CHANGE;
    const form =
      '["htpc",[["web.container","update","text","commands",[],"new"],["a","delete",null,null,[]]]]';
    const gone: Change = { ...folderless, unit: "a", action: "delete", digest: null, diff: [] };
    const { hooks: _hooks, ...hookless } = gone;
    expect(planDigest("htpc", [folderless, hookless])).toBe(sha256(form));
  });

  test("is another one for each thing that would be done otherwise", () => {
    const { owner: _, ...ownerless } = FOLDER;
    const others: readonly Partial<Change>[] = [
      { unit: "cache.container" },
      { action: "restart" },
      { digest: "another text" },
      { hooks: "other commands" },
      { folders: [] },
      { folders: [{ ...FOLDER, path: "/srv/other" }] },
      { folders: [{ ...FOLDER, mode: "0777" }] },
      { folders: [{ ...FOLDER, owner: { uid: 34, gid: 33 } }] },
      { folders: [{ ...FOLDER, owner: { uid: 33, gid: 34 } }] },
      { folders: [ownerless] },
      { folders: [{ ...FOLDER, nocow: true }] },
      { diff: [] },
      { diff: [{ ...MOVED, to: "newer" }] },
    ];
    const digests = [digestOf({}), planDigest("nas", [CHANGE]), ...others.map((one) => digestOf(one))];
    expect(new Set(digests).size).toBe(digests.length);
  });
});

test("an intent holds data, and no reason", () => {
  expect(intentOf(CHANGE)).toEqual({
    unit: "web.container",
    action: "update",
    digest: "text",
    hooks: "commands",
    folders: [FOLDER],
    image: "new",
  });
});

describe("what is left of an approved plan that was cut short", () => {
  const CACHE = { ...CHANGE, unit: "cache.container" };
  const approval = {
    digest: "of the whole",
    expiresAt: null,
    begun: intentsOf({ changes: [CHANGE, CACHE] }),
  };
  const done = { instance: "web", service: null, digest: "text", revision: null };
  const inventory: Inventory = { ...EMPTY_INVENTORY, units: { "cache.container": done } };
  const isApproved = (left: Partial<Change>) =>
    approves(approval, { digest: "of the rest", changes: [{ ...CHANGE, ...left }] }, inventory);

  test("is approved, in whatever way and words it goes on, and with folders that are there by now", () => {
    expect(isApproved({})).toBe(true);
    expect(isApproved({ action: "restart", reasons: [{ code: "interrupted", message: "m" }] })).toBe(true);
    const { folders: _, ...made } = CHANGE;
    expect(approves(approval, { digest: "of the rest", changes: [made] }, inventory)).toBe(true);
  });

  test("is not approved with another text, other hooks, another image or another folder", () => {
    const others: readonly Partial<Change>[] = [
      { digest: "another text" },
      { hooks: "other commands" },
      { diff: [{ ...MOVED, to: "newer" }] },
      { folders: [{ ...FOLDER, mode: "0777" }] },
      { folders: [FOLDER, { ...FOLDER, path: "/srv/more" }] },
    ];
    expect(others.map(isApproved)).toEqual(others.map(() => false));
  });
});
