import { expect, it } from "vitest";
import { withHooks } from "../../../src/plan/hooks.ts";
import { change } from "../../support/gate-input.ts";

it("hooks run before the update of a container, and not if that is only loaded", () => {
  const hooks = new Map([["db", { beforeUpdate: ["pg_dump"], afterUpdate: [] }]]);
  const codes = (loadOnly: object) =>
    withHooks([change("update", "db.container", loadOnly)], hooks).map(({ reasons }) =>
      reasons.map(({ code }) => code),
    );
  expect(codes({})).toEqual([["hooks-run"]]);
  expect(codes({ loadOnly: "job" })).toEqual([[]]);
});
