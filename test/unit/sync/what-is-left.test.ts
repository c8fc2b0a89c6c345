import { expect, it } from "vitest";
import type { Action, Change } from "../../../src/model/plan.ts";
import { type ReasonCode, reason } from "../../../src/model/reasons.ts";
import { whatIsLeft } from "../../../src/sync/what-is-left.ts";

function change(unit: string, action: Action, ...codes: readonly ReasonCode[]): Change {
  const reasons = codes.map((code) => reason(code, `why ${code}`));
  return { instance: "web", unit, service: "web.service", action, reasons, diff: [], digest: "d" };
}

const LIVE = "applied and in force, but why live-drift";

it.each<[string, Change, { failure?: string; warning?: string }]>([
  ["nothing left", change("web.container", "none"), {}],
  ["an override", change("web.container", "none", "host-override"), {}],
  ["a live difference", change("web.container", "restart", "live-drift"), { warning: LIVE }],
  ["one of a pod", change("web.pod", "restart", "live-drift"), { warning: LIVE }],
  ["one of a .kube", change("web.kube", "restart", "live-drift"), { warning: LIVE }],
  ["one with effects", change("web.container", "restart", "live-drift", "takes-along"), { warning: LIVE }],
  ["a restart with another unit", change("web.container", "restart", "dependency-restarted"), {}],
  [
    "a network that podman did not make anew",
    change("web.network", "update", "live-drift"),
    { failure: "quadgate would still update it: why live-drift" },
  ],
  [
    "a live difference beside an outdated container",
    change("web.container", "restart", "live-drift", "container-outdated"),
    { failure: "quadgate would still restart it: why live-drift; why container-outdated" },
  ],
  [
    "a generator that fails",
    change("web.container", "none", "generator-fails"),
    { failure: "systemd cannot load it again: why generator-fails" },
  ],
  ...(
    [
      "unit-changed",
      "file-missing",
      "file-edited",
      "not-reloaded",
      "container-outdated",
      "container-missing",
      "interrupted",
    ] as const
  ).map((code): [string, Change, { failure: string }] => [
    code,
    change("web.container", "restart", code),
    { failure: `quadgate would still restart it: why ${code}` },
  ]),
])("after an apply, %s is what it is", (_, left, { failure, warning }) => {
  const found = whatIsLeft([left]);
  expect([...found.failures]).toEqual(failure === undefined ? [] : [[left.unit, failure]]);
  expect([...found.warnings]).toEqual(warning === undefined ? [] : [[left.unit, warning]]);
});
