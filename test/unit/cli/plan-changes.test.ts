import { describe, expect, it } from "vitest";
import { planChanges } from "../../../src/cli/text/plan-changes.ts";
import { change, plan } from "../../support/gate-input.ts";

describe("what has changed between a plan that was shown and the present one", () => {
  it("is a line for each unit that is planned otherwise, comes or goes, in the order of their names", () => {
    const shown = plan([
      change("update", "web.container"),
      change("none", "db.container"),
      change("create", "a.volume"),
    ]);
    const now = plan([
      change("none", "db.container"),
      change("delete", "z.network"),
      change("restart", "web.container"),
    ]);
    expect(planChanges(shown, now)).toEqual([
      "a.volume: create -> not planned any more",
      "web.container: update -> restart",
      "z.network: not planned before -> delete",
    ]);
  });

  it("is nothing where only reasons or the order differ", () => {
    const reasons = [{ code: "unit-changed", message: "m" }];
    const shown = plan([change("update", "web.container"), change("none", "db.container")]);
    const now = plan([change("none", "db.container"), change("update", "web.container", { reasons })]);
    expect(planChanges(shown, now)).toEqual([]);
  });
});
