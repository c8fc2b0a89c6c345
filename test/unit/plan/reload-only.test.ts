import { describe, expect, it } from "vitest";
import type { DriftKind, FieldDrift, UnitDrift } from "../../../src/model/drift.ts";
import { withoutReloadOnly } from "../../../src/plan/reload-only.ts";
import { change } from "../../support/gate-input.ts";

const loaded = (...kinds: readonly DriftKind[]): FieldDrift => ({
  field: "loaded",
  status: "drift",
  desired: "loaded",
  live: "another text",
  cause: "not-reloaded",
  kinds,
});

function actionsBeside(fields: readonly FieldDrift[], ...others: Parameters<typeof change>[]) {
  const drift: UnitDrift = {
    unit: "app.pod",
    service: "app-pod.service",
    container: null,
    status: "drift",
    fields,
    suggestions: [],
  };
  const changes = [change("restart", "app.pod"), ...others.map((one) => change(...one))];
  return withoutReloadOnly(changes, new Map([["app.pod", drift]])).map(({ action }) => action);
}

describe("a pod whose loaded service differs in the order of services alone", () => {
  it.each([["create"], ["update"], ["delete"]] as const)(
    "is not restarted where another unit's %s brings a reload",
    (action) => {
      expect(actionsBeside([loaded("order")], [action, "worker.container"])).toEqual(["none", action]);
    },
  );

  it("is restarted where nothing else brings a reload", () => {
    expect(actionsBeside([loaded("order")])).toEqual(["restart"]);
    expect(actionsBeside([loaded("order")], ["restart", "worker.container"])[0]).toBe("restart");
    expect(actionsBeside([loaded("order")], ["create", "/srv/worker.conf"])[0]).toBe("restart");
  });

  it("is restarted where more than the order differs", () => {
    const image: FieldDrift = { ...loaded(), field: "image", cause: "outdated" };
    const create = ["create", "worker.container"] as const;
    expect(actionsBeside([loaded()], [...create])[0]).toBe("restart");
    expect(actionsBeside([loaded("order", "not-loaded")], [...create])[0]).toBe("restart");
    expect(actionsBeside([loaded("order"), image], [...create])[0]).toBe("restart");
  });
});
