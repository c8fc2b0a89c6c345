import { describe, expect, it } from "vitest";
import type { GeneratorOutput, UnitComplaint } from "../../../src/model/live.ts";
import { lastValueOf, valuesOf } from "../../../src/quadlet/argv/unit-text.ts";
import { parseGenerated, parseLoaded } from "../../../src/quadlet/generated.ts";
import { heed, heedLoaded } from "../../../src/quadlet/ignored-lines.ts";
import { isLimit } from "../../../src/quadlet/limit-settings.ts";
import { FACTS } from "../../support/health-host.ts";

/** The line numbers begin at 1. */
const TEXT = `[Unit]
After=a.service b%z.service
[Service]
CPUQuota=50%
CPUQuota=lots
MemoryMax=1G
MemorySwapMax=16M  # swap
Environment=A=1
Environment=B=%z C=2
IOWeight=5 \\
  x
MemoryLimit=3G
Type=oneshot
Type=onshot
ExecStart=/usr/bin/podman run image
[Instal]
WantedBy=default.target
`;

function generated(text = TEXT) {
  const output: GeneratorOutput = {
    folder: "",
    services: new Map([["db.service", { service: "db.service", unit: "db.container", text }]]),
    messages: [],
  };
  return parseGenerated(output, FACTS);
}

const said = (line: number, message: string): UnitComplaint => ({ service: "db.service", line, message });
const COMPLAINTS = [
  said(2, "Failed to resolve unit specifiers in 'b%z.service', ignoring: Invalid slot"),
  said(5, "Invalid CPU quota 'lots', ignoring."),
  said(7, "Invalid memory limit '16M  # swap', ignoring: Invalid argument"),
  said(9, "Failed to resolve specifiers in B=%z, ignoring: Invalid slot"),
  said(11, "Failed to parse IOWeight=5, ignoring: Invalid argument"),
  said(12, "Unit uses MemoryLimit=; please use MemoryMax= instead."),
  said(14, "Failed to parse service type, ignoring: onshot"),
  said(16, "Unknown section 'Instal'. Ignoring."),
  { service: "other.service", line: 4, message: "Invalid CPU quota '50%', ignoring." },
];

describe("lines that systemd ignores", () => {
  const { generated: heeded, ignored } = heed(generated(), COMPLAINTS);
  const text = heeded.services.get("db.service")?.text ?? new Map();

  it("are those that it says it ignores, with the line that goes on over several", () => {
    expect(ignored.map(({ unit, section, setting }) => [unit, section, setting?.key])).toEqual([
      ["db.container", "Unit", "After"],
      ["db.container", "Service", "CPUQuota"],
      ["db.container", "Service", "MemorySwapMax"],
      ["db.container", "Service", "Environment"],
      ["db.container", "Service", "IOWeight"],
      ["db.container", "Service", "Type"],
      ["db.container", "Instal", undefined],
    ]);
  });

  it("count as not written, so that a valid line before them counts", () => {
    expect(lastValueOf(text, "Service", "CPUQuota")).toBe("50%");
    expect(lastValueOf(text, "Service", "Type")).toBe("oneshot");
    expect(lastValueOf(text, "Service", "MemorySwapMax")).toBeUndefined();
    expect(lastValueOf(text, "Service", "IOWeight")).toBeUndefined();
    expect(lastValueOf(text, "Service", "MemoryMax")).toBe("1G");
    expect(lastValueOf(text, "Service", "MemoryLimit")).toBe("3G");
  });

  it("count where systemd takes the other words of a list", () => {
    expect(valuesOf(text, "Service", "Environment")).toEqual(["A=1", "B=%z C=2"]);
    expect(valuesOf(text, "Unit", "After")).toEqual(["a.service b%z.service"]);
  });

  it("stay in the text, which is compared with the loaded one", () => {
    expect(text.get("Service")).toContainEqual({ key: "CPUQuota", value: "lots", ignored: true });
    expect(heeded.byUnit.get("db.container")).toBe(heeded.services.get("db.service"));
    expect(heed(heeded, COMPLAINTS)).toEqual({ generated: heeded, ignored, refused: [] });
  });

  it("are ignored in the loaded text too", () => {
    const loaded = heedLoaded(parseLoaded(new Map([["db.service", TEXT]])), heeded);
    expect(lastValueOf(loaded.get("db.service")?.text ?? new Map(), "Service", "Type")).toBe("oneshot");
  });

  it("are limits that cannot be any if systemd cannot be asked", () => {
    const guessed = heed(generated(), undefined);
    expect(guessed.ignored.map(({ setting }) => setting?.value)).toEqual(["lots", "16M  # swap", "5  x"]);
    expect(heed(generated("[Service]\nMemoryMax=1G\n"), undefined).ignored).toEqual([]);
  });
});

describe("the form of a limit", () => {
  it.each([
    ["MemoryMax", ["1G", "1.5G", "512M", "1G 500M", "infinity", "50%", "0", "1024", "", "2GB"]],
    ["CPUQuota", ["50%", "150.5%", ""]],
    ["CPUWeight", ["idle", "1", "10000"]],
    ["IOWeight", ["1", "10000"]],
    ["TasksMax", ["infinity", "77", "50%"]],
    ["Restart", ["sometimes"]],
  ])("of %s has these values", (setting, values) => {
    expect(values.filter((value) => !isLimit(setting, value))).toEqual([]);
  });

  it.each([
    ["MemorySwapMax", ["16M  # swap", "lots", "1G x", "%n", "-1"]],
    ["CPUQuota", ["lots", "20", "20x", "%"]],
    ["CPUWeight", ["0", "10001", "many"]],
    ["IOWeight", ["idle", "99999", "5 # x"]],
    ["TasksMax", ["many", "77 # x"]],
  ])("of %s does not have these values", (setting, values) => {
    expect(values.filter((value) => isLimit(setting, value))).toEqual([]);
  });
});

it("a service that systemd would not load is known with its source and the line that is the cause", () => {
  const whole: UnitComplaint = {
    service: "db.service",
    message: "Service has no ExecStart=.",
    refused: true,
  };
  const line: UnitComplaint = { ...said(5, "Neither a valid name"), refused: true };
  const other: UnitComplaint = { ...whole, service: "other.service" };
  const { refused, ignored } = heed(generated(), [whole, line, other]);
  expect(refused.map(({ unit, line, why }) => [unit, line?.setting?.key, why])).toEqual([
    ["db.container", undefined, "Service has no ExecStart=."],
    ["db.container", "CPUQuota", "Neither a valid name"],
  ]);
  expect(ignored).toEqual([]);
});
