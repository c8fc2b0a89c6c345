import { describe, expect, it } from "vitest";
import type { LiveState, ServiceState } from "../../../src/model/live.ts";
import type { Change } from "../../../src/model/plan.ts";
import { spareSuspended } from "../../../src/plan/spare.ts";
import { change } from "../../support/gate-input.ts";
import { generated, liveWith } from "../../support/plan-input.ts";

const UNITS = generated({
  "db.service": "[Unit]\nDescription=db\n",
  "api.service": "[Unit]\nRequires=db.service\n",
  "web.service": "[Unit]\nBindsTo=api.service\n",
  "cron.service": "[Unit]\nWants=db.service\nAfter=db.service\n",
});

/** A host on which these services are active. */
function running(...names: readonly string[]): LiveState {
  const state = (name: string) => ({ name, loadState: "loaded", activeState: "active" }) as ServiceState;
  return { ...liveWith([]), services: new Map(names.map((name) => [name, state(name)])) };
}

const actions = (changes: readonly Change[]) => changes.map(({ unit, action }) => `${action} ${unit}`);
const WEB = new Set(["web.service"]);

describe("a unit that a suspended instance is bound to", () => {
  it.each(["update", "restart", "delete"] as const)("stays as it is instead of: %s", (action) => {
    const [spared] = spareSuspended([change(action, "db.container")], WEB, UNITS, running("web.service"));
    expect(spared).toMatchObject({ action: "none", reasons: [{ code: "dependant-suspended" }] });
    expect(spared?.reasons[0]?.message).toContain("web.service is suspended");
  });

  it("stays with its drop-ins, which would restart it", () => {
    const dropIn = change("create", "db.container.d/10-more.conf", { instance: "db", service: null });
    const changes = [change("none", "db.container"), dropIn];
    expect(actions(spareSuspended(changes, WEB, UNITS, running("web.service")))).toEqual([
      "none db.container",
      "none db.container.d/10-more.conf",
    ]);
  });

  it("is changed where the suspended service is down anyway, or waits for it without a bond", () => {
    const changes = [change("update", "db.container"), change("create", "new.container")];
    expect(spareSuspended(changes, WEB, UNITS, running())).toEqual(changes);
    expect(spareSuspended(changes, new Set(["cron.service"]), UNITS, running("cron.service"))).toEqual(
      changes,
    );
  });
});
