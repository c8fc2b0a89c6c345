import { describe, expect, it } from "vitest";
import { parseUnitText } from "../../../src/quadlet/argv/unit-text.ts";
import { isInOrder, isUnderWay, type PartFacts, partsOf, type Role } from "../../../src/quadlet/jobs.ts";
import { describeLastRun } from "../../../src/quadlet/last-run.ts";

const CONTAINER = "[X-Container]\nImage=x\n[Service]\nType=notify\n";
const ONESHOT = "[X-Container]\nImage=x\n[Service]\nType=oneshot\n";
const INSTALL = "[Install]\nWantedBy=default.target\n";
const needing = (key: string) => `[Unit]\n${key}=x.service\n${CONTAINER}`;

interface Given {
  readonly text: string;
  /** Names of loaded triggers. */
  readonly loaded?: readonly string[];
  /** Units in git by name. */
  readonly git?: Readonly<Record<string, string>>;
  readonly removed?: readonly string[];
  /** Further services. */
  readonly others?: Readonly<Record<string, string>>;
  readonly service?: string;
}

function partOf({ text, loaded = [], git = {}, removed = [], others = {}, service = "x.service" }: Given) {
  const services = { ...others, [service.replace(/@.*\./, "@.")]: text };
  const facts: PartFacts = {
    services: new Map(
      Object.entries(services).map(([name, body]) => [name, { text: parseUnitText(body) }] as const),
    ),
    units: Object.entries(git).map(([name, content]) => ({ name, content })),
    removed,
    live: { services: new Map([[service, { triggeredBy: loaded }]]) },
  };
  return partsOf(facts)(service);
}

describe("what a sync may do with a service", () => {
  it.each<[title: string, given: Given, role: Role, by?: readonly string[]]>([
    ["a container", { text: CONTAINER }, "runs"],
    ["a container with [Install]", { text: CONTAINER + INSTALL }, "runs"],
    ["a oneshot that nothing wants", { text: ONESHOT }, "job"],
    ["a oneshot with [Install]", { text: ONESHOT + INSTALL }, "runs"],
    ["a oneshot with an alias alone", { text: `${ONESHOT}[Install]\nAlias=y.service\n` }, "job"],
    ["a oneshot whose [Install] is reset", { text: `${ONESHOT}${INSTALL}WantedBy=\n` }, "job"],
    ...["Requires", "Requisite", "BindsTo", "Wants", "Upholds"].map(
      (key) =>
        [
          `a oneshot that another unit names in ${key}=`,
          { text: ONESHOT, others: { "app.service": needing(key) } },
          "runs",
        ] as [string, Given, Role],
    ),
    [
      "a oneshot that comes after another unit",
      { text: ONESHOT, others: { "app.service": needing("Before") } },
      "job",
    ],
    [
      "a oneshot that another job alone needs",
      { text: ONESHOT, others: { "app.service": `[Unit]\nWants=x.service\n${ONESHOT}` } },
      "job",
    ],
    [
      "two oneshots that want each other",
      {
        text: `[Unit]\nWants=y.service\n${ONESHOT}`,
        others: { "y.service": `[Unit]\nWants=x.service\n${ONESHOT}` },
      },
      "job",
    ],
    ["a container with a timer", { text: CONTAINER, loaded: ["x.timer"] }, "job", ["x.timer"]],
    ["a timer and [Install]", { text: CONTAINER + INSTALL, loaded: ["nightly.timer"] }, "job"],
    [
      "a timer, and a unit that needs it",
      { text: ONESHOT, loaded: ["x.timer"], others: { "app.service": needing("Requires") } },
      "job",
    ],
    [
      "a timer in git of the same stem",
      { text: CONTAINER, git: { "x.timer": "[Timer]\nOnCalendar=daily\n" } },
      "job",
      ["x.timer"],
    ],
    [
      "a timer in git that names it",
      { text: CONTAINER, git: { "/etc/systemd/system/n.timer": "[Timer]\nUnit=x.service\n" } },
      "job",
      ["n.timer"],
    ],
    [
      "a timer of the same stem in git that names another",
      { text: CONTAINER, git: { "x.timer": "[Timer]\nUnit=y.service\n" } },
      "runs",
    ],
    [
      "a loaded timer whose text in git names another",
      { text: CONTAINER, loaded: ["n.timer"], git: { "n.timer": "[Timer]\nUnit=y.service\n" } },
      "runs",
    ],
    [
      "a loaded timer that is removed",
      { text: CONTAINER, loaded: ["n.timer"], removed: ["n.timer"] },
      "runs",
    ],
    ["a socket", { text: CONTAINER, loaded: ["x.socket"] }, "triggered", ["x.socket"]],
    [
      "a path in git",
      { text: CONTAINER, git: { "watch.path": "[Path]\nUnit=x.service\n" } },
      "triggered",
      ["watch.path"],
    ],
    [
      "a socket in git that names it",
      { text: CONTAINER, git: { "w.socket": "[Socket]\nService=x.service\n" } },
      "triggered",
    ],
    ["a socket and [Install]", { text: CONTAINER + INSTALL, loaded: ["x.socket"] }, "runs"],
    ["a socket and a timer", { text: CONTAINER, loaded: ["x.socket", "x.timer"] }, "job"],
    ["a oneshot with a path", { text: ONESHOT, loaded: ["x.path"] }, "job"],
    ["a oneshot with a path and [Install]", { text: ONESHOT + INSTALL, loaded: ["x.path"] }, "runs"],
    ["a YAML file with a timer", { text: "[X-Kube]\nYaml=x\n", loaded: ["x.timer"] }, "job"],
    [
      "a service of systemd's own kind with a timer",
      { text: "[Service]\nExecStart=x\n", loaded: ["x.timer"] },
      "job",
    ],
    ...["Network", "Volume", "Image", "Build", "Pod"].map(
      (kind) =>
        [
          `a ${kind.toLowerCase()}, which is a oneshot`,
          { text: `[X-${kind}]\n[Service]\nType=oneshot\n` },
          "runs",
        ] as [string, Given, Role],
    ),
    ["a timer itself", { text: "[Timer]\n", service: "x.timer" }, "runs"],
    [
      "an instance of a template with a timer",
      { text: CONTAINER, service: "x@a.service", loaded: ["x@a.timer"] },
      "job",
    ],
    [
      "an instance that another unit needs",
      {
        text: ONESHOT,
        service: "x@a.service",
        others: { "app.service": `[Unit]\nWants=x@a.service\n${CONTAINER}` },
      },
      "runs",
    ],
  ])("with %s", (_, given, role, by) => {
    const part = partOf(given);
    expect(part.role).toBe(role);
    if (by !== undefined) expect(part.by).toEqual(by);
  });
});

describe("a service", () => {
  const text = (body: string) => parseUnitText(body);
  const state = (activeState: string, subState = "") => ({ activeState, subState });
  const order = (role: Role, body: string, activeState: string) =>
    isInOrder("x.service", text(body), state(activeState), () => ({ role, by: [] }));

  it.each<[Role, string, string, boolean]>([
    ["runs", CONTAINER, "active", true],
    ["runs", CONTAINER, "inactive", false],
    ["runs", CONTAINER, "activating", false],
    ["runs", ONESHOT, "inactive", true],
    ["runs", ONESHOT, "failed", false],
    ["job", ONESHOT, "failed", true],
    ["job", CONTAINER, "activating", true],
    ["triggered", CONTAINER, "inactive", true],
    ["triggered", CONTAINER, "failed", false],
  ])("that %s, %j, and is %s is in order: %s", (role, body, active, expected) => {
    expect(order(role, body, active)).toBe(expected);
  });

  it("is under way while it has processes", () => {
    expect(
      ["active", "activating", "deactivating", "inactive", "failed"].filter((one) => isUnderWay(state(one))),
    ).toEqual(["active", "activating", "deactivating"]);
    expect(isUnderWay(state("active", "exited"))).toBe(false);
    expect(isUnderWay(undefined)).toBe(false);
  });
});

describe("the last run of a job", () => {
  const HOUR = 3_600_000;
  const run = { activeState: "inactive", result: "success", execStatus: 0, endedWallMs: 1_000 };

  it.each([
    [run, "last run: ended well, 3 h ago"],
    [{ ...run, result: "exit-code", execStatus: 2 }, "last run: failed (exit-code 2), 3 h ago"],
    [{ ...run, result: "timeout", execStatus: 15 }, "last run: failed (timeout), 3 h ago"],
    [{ ...run, endedWallMs: null }, "no run is known since the boot"],
    [undefined, "no run is known since the boot"],
  ])("of %j is told as %j", (state, expected) => {
    expect(describeLastRun(state, 1_000 + 3 * HOUR + 59_000)).toBe(expected);
  });
});
