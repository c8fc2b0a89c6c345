import { expect, test } from "vitest";
import { computeDrift } from "../../../src/drift/index.ts";
import { heed, heedLoaded } from "../../../src/quadlet/ignored-lines.ts";
import { driftInput, driftOf, type RecordedDrift } from "../../support/recorded-drift.ts";
import { differencesOf, recorded } from "./host.ts";

/** The recorded host with further lines behind a limit, in the generated and in the loaded service. */
function withLines(lines: string): RecordedDrift {
  const host = recorded("5.4");
  const edit = (text: string) => text.replaceAll("TasksMax=77", `TasksMax=77\n${lines}`);
  const services = [...host.generated.services].map(
    ([name, row]) => [name, { ...row, text: edit(row.text) }] as const,
  );
  return {
    ...host,
    generated: { ...host.generated, services: new Map(services) },
    live: {
      ...host.live,
      generated: new Map([...host.live.generated].map(([name, text]) => [name, edit(text)])),
    },
  };
}

test.each(["MemorySwapMax=16M  # swap", "CPUQuota=lots", "IOWeight=99999", "TasksMax=many", "MemoryLow=x"])(
  "%s is not drift, because systemd cannot read it",
  (line) => {
    expect(differencesOf(driftOf(withLines(line)))).toEqual([]);
  },
);

test("a limit that has the form of one is drift only as long as systemd is not known to ignore it", () => {
  const input = driftInput(withLines("MemoryMax=99999999E"));
  expect(differencesOf(computeDrift(input))).toEqual(["rich.container memory"]);
  const line =
    (input.generated.services.get("rich.service")?.raw ?? "").split("\n").indexOf("MemoryMax=99999999E") + 1;
  const message = "Invalid memory limit '99999999E', ignoring: Numerical result out of range";
  const { generated } = heed(input.generated, [{ service: "rich.service", line, message }]);
  const heeded = { ...input, generated, loaded: heedLoaded(input.loaded, generated) };
  expect(differencesOf(computeDrift(heeded))).toEqual([]);
});

test("a valid line that systemd has not heeded is drift", () => {
  expect(differencesOf(driftOf(withLines("TasksMax=78")))).toEqual(["rich.container tasks"]);
});
