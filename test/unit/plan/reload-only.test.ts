import { describe, expect, it } from "vitest";
import type { DriftCause, DriftKind, FieldDrift } from "../../../src/model/drift.ts";
import type { Change } from "../../../src/model/plan.ts";
import { reason } from "../../../src/model/reasons.ts";
import { isMendedByReload, withoutReloadOnly } from "../../../src/plan/reload-only.ts";
import { change } from "../../support/gate-input.ts";

/** A pod that systemd has loaded in another order, or with another description. */
const POD: Change = {
  ...change("update", "app.pod"),
  reasons: [reason("not-reloaded")],
  reloadOnly: true,
};

function actionsBeside(pod: Change, ...others: Parameters<typeof change>[]) {
  return withoutReloadOnly([pod, ...others.map((one) => change(...one))]).map(({ action }) => action);
}

describe("a pod that needs nothing but a reload", () => {
  it.each([["create"], ["update"], ["delete"]] as const)(
    "is left out if another unit's %s brings the reload",
    (action) => {
      expect(actionsBeside(POD, [action, "worker.container"])).toEqual(["none", action]);
    },
  );

  it("asks for the reload if nothing else brings it", () => {
    expect(actionsBeside(POD)).toEqual(["update"]);
    expect(actionsBeside(POD, ["restart", "worker.container"])[0]).toBe("update");
    expect(actionsBeside(POD, ["create", "/srv/worker.conf"])[0]).toBe("update");
  });

  it("stays if more than the reload is needed", () => {
    const written = { ...POD, reasons: [reason("comment-changed")] };
    expect(actionsBeside(written, ["create", "worker.container"])[0]).toBe("update");
    const restarted: Change = { ...change("restart", "app.pod"), reasons: [reason("not-reloaded")] };
    expect(actionsBeside(restarted, ["create", "worker.container"])[0]).toBe("restart");
  });
});

describe("a difference of what systemd has loaded", () => {
  const isMended = (cause: DriftCause, ...kinds: readonly DriftKind[]) => {
    const field: FieldDrift = { field: "loaded", status: "drift", desired: "a", live: "b", cause, kinds };
    return isMendedByReload(field);
  };

  it("is mended by a reload if it is one of order, descriptions or comments alone", () => {
    expect([isMended("not-reloaded", "order"), isMended("not-reloaded", "comment", "order")]).toEqual([
      true,
      true,
    ]);
    expect([
      isMended("not-reloaded"),
      isMended("not-reloaded", "order", "not-loaded"),
      isMended("outdated", "order"),
    ]).toEqual([false, false, false]);
  });
});
