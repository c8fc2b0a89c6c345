import { expect, test } from "vitest";
import { withIndex } from "../../../src/drift/indexed-live.ts";
import { suggestionsFor } from "../../../src/drift/suggestions.ts";
import type { FieldDrift } from "../../../src/model/drift.ts";
import {
  DANGLING_LINK,
  FOLDER,
  type Obstacle,
  unreadable,
  unreadableFolder,
} from "../../../src/model/obstacle.ts";
import { recorded } from "./host.ts";

const { units, facts, live } = recorded("5.4");
const [unit] = units.filter(({ name }) => name === "rich.container");
const state = live.services.get("rich.service");
if (unit === undefined || state === undefined) throw new Error("there is no rich.container");
const RECONCILE = "quadgate reconcile rich.container";

function suggested(
  fields: readonly Partial<FieldDrift>[],
  unitFileState = "masked",
  obstacles: readonly (readonly [string, Obstacle])[] = [],
): readonly string[] {
  const context = {
    unit,
    facts,
    live: withIndex({ ...live, obstacles: new Map(obstacles) }),
    service: "rich@one.service",
    objectName: "rich",
    state: { ...state, unitFileState },
  };
  const drift = fields.map(
    (field) => ({ field: "loaded", status: "drift", desired: "", live: "", ...field }) as const,
  );
  return suggestionsFor(context as Parameters<typeof suggestionsFor>[0], drift).map(({ text }) => text);
}

test("a drift suggestion removes a mask at the place where it is", () => {
  const masked = { live: "masked", cause: "override", kinds: ["masked"] } as const;
  expect(suggested([masked])).toEqual(["systemctl --user unmask rich@one.service"]);
  expect(suggested([masked], "masked-runtime")).toEqual([
    "systemctl --user unmask --runtime rich@one.service",
  ]);
});

test("a drift suggestion reverts a drop-in at its place: the instance or its template", () => {
  const by = (...folders: readonly string[]) => ({
    live: "changed by a drop-in",
    cause: "override" as const,
    kinds: ["drop-in"] as const,
    diff: folders.map((folder) => ({ path: "loaded.dropIn", from: null, to: `/etc/${folder}/z.conf` })),
  });
  expect(suggested([by("rich@one.service.d", "rich@.service.d")])).toEqual([
    "systemctl --user revert rich@one.service",
    "systemctl --user revert rich@.service",
  ]);
});

test("a sync is suggested only for what it repairs, not for what a person's own settings cause", () => {
  const foreign = { field: "unit", live: "changed by drop-ins", cause: "override" } as const;
  expect(suggested([foreign, { cause: "outdated" }, { cause: "not-reloaded" }])).toEqual([]);
  expect(suggested([foreign, { cause: "live" }])).toEqual([RECONCILE]);
  expect(suggested([{ cause: "outdated" }])).toEqual([RECONCILE]);
});

test.each([
  { at: "rich.container", obstacle: FOLDER, expected: `ls -ld ${facts.unitDir}/rich.container` },
  {
    at: "rich.container",
    obstacle: unreadable("EACCES"),
    expected: `chmod u+rw ${facts.unitDir}/rich.container`,
  },
  {
    at: "rich.container",
    obstacle: unreadable("ELOOP"),
    expected: `ls -ld ${facts.unitDir}/rich.container`,
  },
  {
    at: "rich.container.d",
    obstacle: unreadableFolder("EACCES"),
    expected: `chmod u+rwx ${facts.unitDir}/rich.container.d`,
  },
  { at: "rich.container", obstacle: DANGLING_LINK, expected: RECONCILE },
])(
  "a drift suggestion says how to clear the way if $obstacle.message is at $at",
  ({ at, obstacle, expected }) => {
    const fields = [
      { field: "unit", cause: "file" },
      { live: "not loaded", cause: "not-reloaded" },
    ] as const;
    expect(suggested(fields, "", [[at, obstacle]])).toEqual([expected]);
  },
);

test("an obstacle is known by its kind, however it is worded", () => {
  const fields = [{ field: "unit", cause: "file" }] as const;
  const reworded = { kind: "dangling-link", message: "anything" } as const;
  expect(suggested(fields, "", [["rich.container", reworded]])).toEqual([RECONCILE]);
});

test("the journal and the health check are suggested by what was found, not by how a value is shown", () => {
  const shown = { field: "labels", live: "failed", cause: "live" } as const;
  expect(suggested([shown])).toEqual([RECONCILE]);
  const failed = { field: "state", live: "down", cause: "state", kinds: ["failed"] } as const;
  expect(suggested([failed])).toEqual(["journalctl --user -u rich@one.service -e", RECONCILE]);
  const unhealthy = { field: "state", live: "ill", cause: "state", kinds: ["unhealthy"] } as const;
  expect(suggested([unhealthy])).toEqual(["podman healthcheck run rich", RECONCILE]);
});
