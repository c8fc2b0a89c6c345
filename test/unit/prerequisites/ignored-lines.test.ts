import { describe, expect, it } from "vitest";
import { formatIssue } from "../../../src/model/issue.ts";
import type { Place } from "../../../src/model/place.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { ignoredLineWarnings, systemdWarnings } from "../../../src/prerequisites/ignored-lines.ts";
import type { IgnoredLine, RefusedService } from "../../../src/quadlet/ignored-lines.ts";

/** A file of the repository; by default every line is where it is in the file. */
function unit(name: string, content: string, lines?: ReadonlyMap<number, Place>): Unit {
  const file = `desired-state/${name}`;
  const own = content.split("\n").map((_, index) => [index + 1, { file, line: index + 1 }] as const);
  return {
    name,
    kind: name.includes("/") ? "dropin" : "container",
    instance: "db",
    content,
    mode: "0644",
    digest: "",
    origin: { file },
    lines: lines ?? new Map(own),
  };
}

const DB = unit(
  "db.container",
  "[Container]\nImage=x\n[Service]\nCPUQuota=lots\nCPUQuota=lots\nMemorySwapMax=16M  # swap\nIOWeight=5 \\\n  x\n[Instal]\n",
);
const ignored = (key: string, value: string, why: string, section = "Service"): IgnoredLine => ({
  unit: "db.container",
  section,
  setting: { key, value },
  why,
});
const QUOTA = ignored("CPUQuota", "lots", "Invalid CPU quota 'lots', ignoring.");
const texts = (lines: readonly IgnoredLine[], units: readonly Unit[] = [DB]) =>
  ignoredLineWarnings(lines, units).map(formatIssue);

describe("a warning about a line that systemd ignores", () => {
  it("says where the line is, why it is ignored, and what to write if it ends with a comment", () => {
    const why = "Invalid memory limit '16M  # swap', ignoring: Invalid argument";
    expect(texts([ignored("MemorySwapMax", "16M  # swap", why)])).toEqual([
      "desired-state/db.container:6:1: systemd ignores MemorySwapMax=16M  # swap: " +
        "Invalid memory limit '16M  # swap': Invalid argument " +
        "(write MemorySwapMax=16M on a line of its own: systemd has no comments at the end of a line)",
    ]);
    expect(ignoredLineWarnings([QUOTA], [DB])[0]).toMatchObject({ code: "setting-ignored", instance: "db" });
  });

  it("comes once a line, in the order of the files, and finds a line that goes on over two", () => {
    const drop = unit("db.container.d/b.conf", "[Service]\nCPUQuota=lots\n");
    const weight = ignored("IOWeight", "5 x", "Failed to parse IOWeight=5 x, ignoring: Invalid argument");
    expect(texts([weight, QUOTA, QUOTA, QUOTA, QUOTA], [drop, DB])).toEqual([
      "desired-state/db.container:4:1: systemd ignores CPUQuota=lots: Invalid CPU quota 'lots'",
      "desired-state/db.container:5:1: systemd ignores CPUQuota=lots: Invalid CPU quota 'lots'",
      "desired-state/db.container:7:1: systemd ignores IOWeight=5 x: Failed to parse IOWeight=5 x: Invalid argument",
      "desired-state/db.container.d/b.conf:2:1: systemd ignores CPUQuota=lots: Invalid CPU quota 'lots'",
    ]);
  });

  it("points to the manifest, by the line's place or else the whole file", () => {
    const place = { file: "desired-state/db.yaml", line: 6, column: 16 };
    const rendered = unit("db.container", DB.content, new Map([[4, place]]));
    const origin = { ...rendered, origin: { file: "desired-state/db.yaml" } };
    expect(ignoredLineWarnings([QUOTA, QUOTA], [origin]).map((issue) => issue.place)).toEqual([
      { file: "desired-state/db.yaml" },
      place,
    ]);
  });

  it("is not about lines of podman's own, nor of instances that are not deployed", () => {
    expect(texts([ignored("KillMode", "mixed", "Failed to parse, ignoring: mixed")])).toEqual([]);
    expect(texts([QUOTA], [])).toEqual([]);
  });

  it("names an unknown section and an unknown key", () => {
    const section = { unit: "db.container", section: "Instal", setting: undefined, why: "Unknown section" };
    expect(texts([section])).toEqual([
      "desired-state/db.container:9:1: systemd ignores the section [Instal]: it knows no section of that name",
    ]);
  });

  it("never shows what may be a secret", () => {
    const secrets = unit(
      "db.container",
      '[Service]\nEnvironment=A=hunter2%z\nEnvironment=A=1 "B=hunter2\nEnviroment=hunter2\nExecStartPre=curl hunter2\n',
    );
    const lines = [
      ignored(
        "Environment",
        "A=hunter2%z",
        "Failed to resolve specifiers in A=hunter2%z, ignoring: Invalid slot",
      ),
      ignored("Environment", 'A=1 "B=hunter2', 'Invalid syntax, ignoring: A=1 "B=hunter2'),
      ignored("Enviroment", "hunter2", "Unknown key 'Enviroment' in section [Service], ignoring."),
      ignored(
        "ExecStartPre",
        "curl hunter2",
        "Neither a valid executable name nor an absolute path, ignoring: curl hunter2",
      ),
    ];
    const said = texts(lines, [secrets]);
    expect(said).toEqual([
      "desired-state/db.container:2:1: systemd ignores Environment= in [Service], or a part of it: Failed to resolve specifiers",
      "desired-state/db.container:3:1: systemd ignores Environment= in [Service], or a part of it: Invalid syntax",
      "desired-state/db.container:4:1: systemd ignores Enviroment= in [Service]: it knows no key of that name there",
      "desired-state/db.container:5:1: systemd ignores ExecStartPre= in [Service], or a part of it: " +
        "Neither a valid executable name nor an absolute path",
    ]);
  });
});

describe("a warning about a service that systemd would not load", () => {
  const PLAIN = unit("db.container", "[Service]\nType=oneshot\nExecStart=bin/x token=s3cret\n");
  const refused = (why: string, line?: RefusedService["line"]) =>
    systemdWarnings({ ignored: [], refused: [{ service: "db.service", unit: "db.container", line, why }] }, [
      PLAIN,
    ]);

  it("says why, at the unit if the cause is no single line", () => {
    const [warning] = refused("Service has Restart= set to always, which isn't allowed.");
    expect(warning).toMatchObject({ code: "unit-refused", instance: "db" });
    expect(warning && formatIssue(warning)).toBe(
      "desired-state/db.container: systemd would not load db.service: Service has Restart= set to always, which isn't allowed",
    );
  });

  it("names the line that is the cause, without the values of commands", () => {
    const line = { section: "Service", setting: { key: "ExecStart", value: "bin/x token=s3cret" } };
    const why = "Neither a valid executable name nor an absolute path: bin/x token=s3cret";
    expect(refused(why, line).map(formatIssue)).toEqual([
      "desired-state/db.container:3:1: systemd would not load db.service: Neither a valid executable name nor an absolute path",
    ]);
  });
});
