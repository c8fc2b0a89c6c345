import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { createVerifier, parseComplaints } from "../../../src/host/verify-units.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import type { RunOptions, RunResult } from "../../../src/model/host.ts";

/** What both versions say of one unit file. */
const SAID = `/tmp/u/a.service:4: Failed to resolve unit specifiers in 'b%z.service', ignoring: Invalid slot
/tmp/u/a.service:5: Unknown key 'Environment' in section [Unit], ignoring.
/tmp/u/a.service:6: ConditionPathExists= path is not absolute, ignoring: foo
/tmp/u/a.service:15: Invalid syntax, ignoring: A=1 "B=secret unbal
/tmp/u/a.service:18: Invalid CPU quota '20x', ignoring.
/tmp/u/a.service:22: Failed to parse IOWeight=5 ReadWritePaths=foo, ignoring: Invalid argument
/tmp/u/a.service:24: Failed to parse TimeoutSec= parameter, ignoring: 3q
/tmp/u/n-network.service:34: Unknown section 'Instal'. Ignoring.
/tmp/u/t@.service:3: Invalid CPU quota 'lots', ignoring.
`;
const RECORDED = {
  257: "/tmp/u/a.service:25: Unit uses MemoryLimit=; please use MemoryMax= instead. Support for MemoryLimit= will be removed soon.\n",
  262: "/tmp/u/a.service:25: Support for option MemoryLimit= has been removed and it is ignored\n",
};
/** What is about no line, or about a file of the host. */
const ELSE = `b.service: Service has more than one ExecStart= setting, which is only allowed for Type=oneshot services. Refusing.
Unit b.service has a bad unit file setting.
/home/homelab/.config/systemd/user/m.service.d/x.conf:2: Unknown key 'Foo' in section [Service], ignoring.
`;

const ANSWER: RunResult = { exitCode: 1, stdout: "", stderr: "", timedOut: false };

interface Call {
  readonly command: readonly string[];
  readonly folder: string;
  readonly texts: readonly string[];
}

/** Answers like systemd-analyze; `answer` gets the paths. */
function verifier(answer: (paths: readonly string[]) => Partial<RunResult>) {
  const calls: Call[] = [];
  const run = async (file: string, args: readonly string[], options: RunOptions = {}) => {
    const paths = args.filter((word) => word.startsWith("/"));
    calls.push({
      command: [file, ...args.filter((word) => !word.startsWith("/"))],
      folder: String(options.env?.SYSTEMD_UNIT_PATH),
      texts: paths.map((path) => readFileSync(path, "utf8")),
    });
    return { ...ANSWER, ...answer(paths) };
  };
  return { calls, verify: createVerifier({ run }, ["--user"]) };
}

const lots = (paths: readonly string[]) => ({
  stderr: paths.map((path) => `${path}:2: Invalid CPU quota 'lots', ignoring.\n`).join(""),
});

describe("what systemd-analyze says", () => {
  it.each(Object.entries(RECORDED))("is taken apart by service and line, in systemd %s", (_, more) => {
    const said = parseComplaints(SAID + more + ELSE, "/tmp/u");
    expect([...said].map(([service, rows]) => [service, rows.map(({ line }) => line)])).toEqual([
      ["a.service", [4, 5, 6, 15, 18, 22, 24, 25]],
      ["n-network.service", [34]],
      ["t@.service", [3]],
      ["b.service", [undefined]],
    ]);
    expect(said.get("a.service")?.[3]?.message).toBe('Invalid syntax, ignoring: A=1 "B=secret unbal');
  });
});

/** As systemd 257 says it. */
const REFUSALS = `plain.service: Service has Restart= set to either always or on-success, which isn't allowed for Type=oneshot services. Refusing.
Unit plain.service has a bad unit file setting.
/tmp/u/rel.service:2: Neither a valid executable name nor an absolute path: bin/relative
rel.service: Unit configuration has fatal error, unit will not be started.
Unit rel.service has a bad unit file setting.
/tmp/u/sec.service:1: Invalid section header '[Service'
Unit sec.service failed to load properly, please adjust/correct and reload service manager: Bad message
/tmp/u/typ.service:2: Failed to parse Type=nottype, ignoring: Invalid argument
prog.service: Command /no/such/program is not executable: No such file or directory
`;

it("a unit that systemd would not load is told from one with a line that it ignores", () => {
  const said = parseComplaints(REFUSALS, "/tmp/u");
  const refusals = [...said].flatMap(([, rows]) => rows.filter(({ refused }) => refused));
  const [rel, sec, plain] = refusals;
  expect(refusals).toHaveLength(3);
  expect(plain).toEqual({
    service: "plain.service",
    message:
      "Service has Restart= set to either always or on-success, which isn't allowed for Type=oneshot services.",
    refused: true,
  });
  expect(rel).toEqual({
    service: "rel.service",
    line: 2,
    message: "Neither a valid executable name nor an absolute path: bin/relative",
    refused: true,
  });
  expect(sec).toMatchObject({ line: 1, message: "Invalid section header '[Service'" });
  expect(said.get("typ.service")).toHaveLength(1);
});

describe("asking systemd about unit files", () => {
  it("reads them alone in a folder of their own, which it removes", async () => {
    const { calls, verify } = verifier(lots);
    const complaints = await verify(new Map([["a.service", "[Service]\nCPUQuota=lots\n"]]));
    expect(complaints).toEqual([
      { service: "a.service", line: 2, message: "Invalid CPU quota 'lots', ignoring." },
    ]);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      command: [
        "systemd-analyze",
        "--user",
        "verify",
        "--recursive-errors=no",
        "--man=no",
        "--generators=no",
      ],
      texts: ["[Service]\nCPUQuota=lots\n"],
    });
    expect(dirname(calls[0]?.folder ?? "")).not.toBe("/");
    expect(() => readFileSync(`${calls[0]?.folder}/a.service`)).toThrow(/ENOENT/);
  });

  it("asks only about texts that are new, however the generator orders the flags of a command", async () => {
    const { calls, verify } = verifier(lots);
    const text = (flags: string) => `[Service]\nCPUQuota=lots\nExecStart=podman run ${flags} image\n`;
    await verify(new Map([["a.service", text("--rm --init")]]));
    const again = await verify(
      new Map([
        ["a.service", text("--init --rm")],
        ["b.service", text("--rm --init")],
      ]),
    );
    expect(again?.map(({ service }) => service)).toEqual(["a.service", "b.service"]);
    expect(calls.map(({ texts }) => texts.length)).toEqual([1, 1]);
    await verify(new Map([["a.service", `${text("--rm --init")}MemoryMax=1G\n`]]));
    expect(calls).toHaveLength(3);
  });

  it.each<[string, Partial<RunResult>]>([
    ["is too old", { stderr: "systemd-analyze: unrecognized option '--recursive-errors=no'\n" }],
    ["has no runtime directory", { stderr: "Failed to initialize manager: No such device or address\n" }],
    ["does not end", { exitCode: undefined, timedOut: true }],
    ["crashes", { exitCode: 134 }],
  ])("does not know if systemd-analyze %s", async (_, answer) => {
    const { verify } = verifier(() => answer);
    expect(await verify(new Map([["a.service", "[Service]\n"]]))).toBeUndefined();
  });

  it("does not know if there is no systemd-analyze", async () => {
    const { verify } = verifier(() => {
      throw new QuadgateError("command-missing", "cannot run systemd-analyze: not found");
    });
    expect(await verify(new Map([["a.service", "[Service]\n"]]))).toBeUndefined();
    expect(await verify(new Map())).toEqual([]);
  });
});
