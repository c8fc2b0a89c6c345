import { describe, expect, test } from "vitest";
import { history } from "../../../src/host/journal-history.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import type { Processes } from "../../../src/model/host.ts";
import { FACTS } from "../../support/health-host.ts";

const BOOT = FACTS.bootId;
const EARLIER = "ea00ea00ea00ea00ea00ea00ea00ea00";
const STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5";
const STARTED = "39f53479d3a045ac8e11786248231fbf";
const STOPPED = "9d1aaa27d60140bd96365438aad20286";
const EXITED = "98e322203f7a4ed290d09fe03c09fe15";
const FAILED = "d9b373ed55a64feb8242e02dbe79a49c";

/** A line as `journalctl --output=json` prints it. */
function line(ms: number, id: string, fields: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    _BOOT_ID: BOOT,
    __MONOTONIC_TIMESTAMP: String(ms * 1_000),
    __REALTIME_TIMESTAMP: String(1_700_000_000_000_000 + ms * 1_000),
    _PID: "135",
    MESSAGE_ID: id,
    USER_UNIT: "web.service",
    USER_INVOCATION_ID: "0a",
    ...fields,
  });
}

interface Journal {
  readonly lines?: readonly string[];
  /** The boots of which there is an entry at the moment that is asked for. */
  readonly reaches?: readonly string[];
  readonly boots?: readonly string[];
  readonly exitCode?: number;
  readonly managerStartMs?: number;
}

function journal({ lines = [], reaches = [BOOT], boots = [], exitCode = 0, managerStartMs = 1 }: Journal) {
  const calls: string[][] = [];
  const answer = (args: readonly string[]) => {
    if (args.includes("--list-boots")) return JSON.stringify(boots.map((boot_id) => ({ boot_id })));
    const isLook = args.includes("--lines=1");
    if (isLook) return reaches.some((boot) => args.includes(`_BOOT_ID=${boot}`)) ? "{}\n" : "";
    return lines.map((one) => `${one}\n`).join("");
  };
  const processes: Processes = {
    run: async (file, args) => {
      calls.push([file, ...args]);
      return { exitCode, stdout: answer(args), stderr: "", timedOut: false };
    },
  };
  const ask = (services: readonly string[], ms: number, boot = BOOT) =>
    history({ processes, facts: FACTS, managerStartMs }, services, { boot, ms });
  return { calls, ask };
}

describe("the history of services", () => {
  test("has what the user's manager said of them since the moment, oldest first", async () => {
    const { ask, calls } = journal({
      lines: [
        line(999, STOPPED),
        line(1_000, STARTING, { JOB_TYPE: "start" }),
        line(1_100, STARTED, { JOB_TYPE: "start", JOB_RESULT: "done" }),
        line(1_200, EXITED, { COMMAND: "ExecStart" }),
        line(1_300, FAILED, { UNIT_RESULT: "exit-code" }),
      ],
    });
    const invocation = "0a";
    const happening = (ms: number) => ({
      service: "web.service",
      at: { boot: BOOT, ms },
      wallMs: 1_700_000_000_000 + ms,
      invocation,
    });
    expect(await ask(["web.service", "web.service", "a\\x2db.service"], 1_000)).toEqual([
      { ...happening(1_000), kind: "starting", job: "start" },
      { ...happening(1_100), kind: "started", job: "start", result: "done" },
      { ...happening(1_200), kind: "exited" },
      { ...happening(1_300), kind: "failed", result: "exit-code" },
    ]);
    const main = calls.at(-1) ?? [];
    expect(main).toContain(`--cursor=b=${BOOT};m=f4240`);
    expect(main.filter((word) => word.startsWith("USER_UNIT="))).toEqual([
      "USER_UNIT=web.service",
      "USER_UNIT=a\\x2db.service",
    ]);
    expect(main).toEqual(expect.arrayContaining([`_UID=${FACTS.uid}`, "_SYSTEMD_USER_UNIT=init.scope"]));
  });

  test("leaves out commands beside the main process, other units, and what it cannot read", async () => {
    const { ask } = journal({
      lines: [
        line(1_000, EXITED, { COMMAND: "ExecStartPre" }),
        line(1_001, STARTED, { USER_UNIT: "other.service" }),
        line(1_002, "00000000000000000000000000000000"),
        '{"MESSAGE_ID":"7d49',
      ],
    });
    expect(await ask(["web.service"], 1_000)).toEqual([]);
  });

  test("says that a start was skipped if it made no invocation", async () => {
    const { ask } = journal({ lines: [line(1_000, STARTED, { USER_INVOCATION_ID: "" })] });
    expect(await ask(["web.service"], 1_000)).toMatchObject([{ kind: "skipped" }]);
  });

  test("has the manager's start in its place, by its clock", async () => {
    const { ask } = journal({
      lines: [line(1_000, STOPPED), line(3_000, STARTING, { _PID: "200" })],
      managerStartMs: 2_500,
    });
    const found = (await ask(["web.service"], 500)) ?? [];
    expect(found.map(({ kind, at }) => [kind, at.ms])).toEqual([
      ["stopped", 1_000],
      ["manager-started", 2_500],
      ["starting", 3_000],
    ]);
    const later = await ask(["web.service"], 2_600);
    expect(later?.map(({ kind }) => kind)).not.toContain("manager-started");
  });

  test("knows each earlier start of the manager by the change of its process", async () => {
    const { ask } = journal({
      lines: [
        line(1_000, STOPPED),
        line(2_000, STARTING, { _PID: "200" }),
        line(2_001, STARTED, { _PID: "200" }),
      ],
      managerStartMs: 9_000,
    });
    const found = (await ask(["web.service"], 500)) ?? [];
    expect(found.map(({ kind, at }) => `${kind} ${at.ms}`)).toEqual([
      ...["stopped 1000", "manager-started 2000", "starting 2000", "started 2001", "manager-started 9000"],
    ]);
  });

  test("of many services is chosen from what was said of all units", async () => {
    const { ask, calls } = journal({
      lines: [line(1_000, STARTED, { USER_UNIT: "s7.service" }), line(1_001, STARTED)],
    });
    const many = Array.from({ length: 30 }, (_, index) => `s${index}.service`);
    expect(await ask(many, 500)).toMatchObject([{ service: "s7.service" }]);
    expect(calls.at(-1)?.filter((word) => word.startsWith("USER_UNIT="))).toEqual([]);
  });

  test("asks for nothing by an empty name if there is no service, so that no other unit counts", async () => {
    const { ask, calls } = journal({ managerStartMs: 700 });
    expect(await ask([], 500)).toMatchObject([{ kind: "manager-started", service: "" }]);
    expect(calls.at(-1)).toContain("USER_UNIT=");
  });
});

describe("a journal that does not tell", () => {
  test("is not known if journalctl fails or is missing", async () => {
    expect(await journal({ exitCode: 1 }).ask(["web.service"], 1_000)).toBeUndefined();
    const run = async () => {
      throw new QuadgateError("command-missing", "cannot run journalctl: not found");
    };
    const of = { processes: { run }, facts: FACTS, managerStartMs: 1 };
    expect(await history(of, ["web.service"], { boot: BOOT, ms: 1 })).toBeUndefined();
  });

  test("is not known if its oldest entry of this boot is younger than the moment", async () => {
    const { ask } = journal({ reaches: [], lines: [line(5_000, STARTED)] });
    expect(await ask(["web.service"], 1_000)).toBeUndefined();
  });

  test("is this boot's alone if it has forgotten an earlier one, and unknown if it cannot be read at all", async () => {
    const forgotten = journal({ reaches: [BOOT], lines: [line(5_000, STARTED)], managerStartMs: 4_000 });
    const found = await forgotten.ask(["web.service"], 1_000_000, EARLIER);
    expect(found?.map(({ kind }) => kind)).toEqual(["manager-started", "started"]);
    expect(forgotten.calls.at(-1)).not.toContain(`_BOOT_ID=${EARLIER}`);
    expect(await journal({ reaches: [] }).ask(["web.service"], 1, EARLIER)).toBeUndefined();
  });

  test("is read from an earlier boot on, over all that followed", async () => {
    const old = { _BOOT_ID: EARLIER };
    const between = "be00be00be00be00be00be00be00be00";
    const { ask, calls } = journal({
      reaches: [EARLIER, BOOT],
      boots: ["0d", EARLIER, between, BOOT],
      lines: [line(10, STOPPED, old), line(60, STOPPED, old), line(30, STARTED)],
      managerStartMs: 20,
    });
    const found = await ask(["web.service"], 50, EARLIER);
    expect(found?.map(({ kind, at }) => `${kind} ${at.ms}`)).toEqual([
      ...["stopped 60", "manager-started 20", "started 30"],
    ]);
    expect(calls.at(-1)?.filter((word) => word.startsWith("_BOOT_ID="))).toEqual([
      ...[`_BOOT_ID=${EARLIER}`, `_BOOT_ID=${between}`, `_BOOT_ID=${BOOT}`],
    ]);
  });

  test("of the system is read by the names that its own manager uses", async () => {
    const calls: (readonly string[])[] = [];
    const text = line(9, STARTED, { UNIT: "web.service", USER_UNIT: "", INVOCATION_ID: "0b" });
    const run = async (_file: string, args: readonly string[]) => {
      calls.push(args);
      return { exitCode: 0, stdout: text, stderr: "", timedOut: false };
    };
    const of = { processes: { run }, facts: { ...FACTS, rootless: false, uid: 0 }, managerStartMs: 1 };
    expect(await history(of, ["web.service"], { boot: BOOT, ms: 5 })).toMatchObject([{ kind: "started" }]);
    expect(calls.at(-1)).toEqual(expect.arrayContaining(["_PID=1", "UNIT=web.service"]));
  });
});
