import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, type WindowClosure } from "../../../src/gate/index.ts";
import { closedAt, type WindowGroup } from "../../../src/gate/windows.ts";
import { cronProblem, isTimeZone } from "../../../src/lib/cron.ts";
import type { Window } from "../../../src/model/settings-schema.ts";
import { change, gateInput, gateSettings, healthy, plan, verifiedAs } from "../../support/gate-input.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (iso: string) => Date.parse(iso);
const window = (cron: string, length: number, timezone?: string): Window => ({
  cron,
  for: length,
  ...(timezone === undefined ? {} : { timezone }),
});
const settings = (windows: WindowGroup["windows"]): WindowGroup => ({ by: null, windows });
/** Until when it is closed; `open` where it is not. */
const closedUntil = (groups: readonly WindowGroup[], iso: string, timezone = "UTC") => {
  const closed = closedAt(groups, at(iso), timezone);
  return closed === null ? "open" : `${closed.kind} until ${closed.opensAt}`;
};

describe("an allow window", () => {
  const nights = [settings({ allow: [window("0 2 * * *", 3 * HOUR)] })];

  test.each([
    ["2026-01-05T01:59:59.999Z", "outside until 2026-01-05T02:00:00.000Z"],
    ["2026-01-05T02:00:00.000Z", "open"],
    ["2026-01-05T04:59:59.999Z", "open"],
    ["2026-01-05T05:00:00.000Z", "outside until 2026-01-06T02:00:00.000Z"],
  ])("at %s is %s", (time, said) => {
    expect(closedUntil(nights, time)).toBe(said);
  });

  test("uses its own time zone, or the host's if it has none", () => {
    const oslo = [settings({ allow: [window("0 2 * * *", 3 * HOUR, "Europe/Oslo")] })];
    for (const [groups, zone] of [
      [oslo, "UTC"],
      [nights, "Europe/Oslo"],
    ] as const) {
      expect(closedUntil(groups, "2026-01-05T00:59:00Z", zone)).toBe(
        "outside until 2026-01-05T01:00:00.000Z",
      );
      // In summer two o'clock in Oslo is midnight.
      expect(closedUntil(groups, "2026-07-05T00:00:00Z", zone)).toBe("open");
    }
  });

  test("that begins in the hour skipped by summer time opens after it, and once if the hour comes twice", () => {
    const half = [settings({ allow: [window("30 2 * * *", HOUR, "Europe/Oslo")] })];
    expect(closedUntil(half, "2026-03-29T00:59:00Z")).toBe("outside until 2026-03-29T01:00:00.000Z");
    expect(closedUntil(half, "2026-10-25T00:30:00Z")).toBe("open");
    expect(closedUntil(half, "2026-10-25T01:30:00Z")).toBe("outside until 2026-10-26T01:30:00.000Z");
  });

  test("is one of several that may open", () => {
    const both = [settings({ allow: [window("0 2 * * *", HOUR), window("0 20 * * SAT", HOUR)] })];
    expect(closedUntil(both, "2026-01-10T20:30:00Z")).toBe("open");
    expect(closedUntil(both, "2026-01-10T19:00:00Z")).toBe("outside until 2026-01-10T20:00:00.000Z");
  });

  test("of an instance makes the gate stricter: both windows must be open", () => {
    const web: WindowGroup = { by: "web", windows: { allow: [window("0 4 * * *", 2 * HOUR)] } };
    expect(closedUntil([...nights, web], "2026-01-05T02:30:00Z")).toBe(
      "outside until 2026-01-05T04:00:00.000Z",
    );
    expect(closedUntil([...nights, web], "2026-01-05T04:30:00Z")).toBe("open");
    expect(closedUntil([...nights, web], "2026-01-05T05:30:00Z")).toBe(
      "outside until 2026-01-06T04:00:00.000Z",
    );
    expect(closedAt([...nights, web], at("2026-01-05T02:30:00Z"), "UTC")?.by).toBe("web");
  });

  test("that never comes, or never together with the other, never opens", () => {
    const never = [settings({ allow: [window("0 0 30 2 *", HOUR)] })];
    expect(closedUntil(never, "2026-01-05T00:00:00Z")).toBe("outside until null");
    const noon: WindowGroup = { by: "web", windows: { allow: [window("0 12 * * *", HOUR)] } };
    expect(closedUntil([...nights, noon], "2026-01-05T00:00:00Z")).toBe("outside until null");
  });
});

describe("a freeze window", () => {
  const holidays = settings({ freeze: [window("0 0 20 12 *", 14 * DAY)] });

  test("closes the gate while it is open", () => {
    expect(closedUntil([holidays], "2026-12-19T23:59:59Z")).toBe("open");
    expect(closedUntil([holidays], "2026-12-20T00:00:00Z")).toBe("frozen until 2027-01-03T00:00:00.000Z");
    expect(closedUntil([holidays], "2027-01-03T00:00:00Z")).toBe("open");
  });

  test("wins over an allow window, and the next opening respects both", () => {
    const groups = [holidays, settings({ allow: [window("0 2 * * *", HOUR)] })];
    expect(closedUntil(groups, "2026-12-25T02:30:00Z")).toBe("frozen until 2027-01-03T02:00:00.000Z");
  });

  test("continues if the next one begins before it ends", () => {
    const days = [settings({ freeze: [window("0 0 * * SAT,SUN", DAY), window("0 0 * * MON", 6 * HOUR)] })];
    expect(closedUntil(days, "2026-01-10T12:00:00Z")).toBe("frozen until 2026-01-12T06:00:00.000Z");
    const always = [settings({ freeze: [window("0 0 * * *", DAY)] })];
    expect(closedUntil(always, "2026-01-10T12:00:00Z")).toBe("frozen until null");
  });
});

test("windows that follow each other immediately leave no gap, not even at midnight", () => {
  const groups = [settings({ freeze: [window("*/20 * * * *", 20 * MINUTE)] })];
  const midnight = at("2026-01-07T00:00:00Z");
  for (const time of [midnight - 1, midnight, midnight + 1, midnight + 20 * MINUTE - 1])
    expect(closedAt(groups, time, "UTC")?.kind).toBe("frozen");
});

test("the time named as the next opening is the first at which nothing is closed", () => {
  const cron = fc
    .tuple(fc.constantFrom("0", "*/20", "30"), fc.constantFrom("*", "2", "1-5", "*/6", "22"))
    .map(([minute, hour]) => `${minute} ${hour} * * *`);
  const list = fc.array(
    fc.tuple(cron, fc.integer({ min: 1, max: 300 })).map(([text, length]) => window(text, length * MINUTE)),
    { maxLength: 2 },
  );
  const group = fc.record({ allow: list, freeze: list }).map((windows) => settings(windows));
  const start = at("2026-01-05T00:00:00Z");
  const times = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(group, { maxLength: 2 }),
      fc.integer({ min: 0, max: 1_440 }),
      times,
      (groups, minute, parts) => {
        const now = start + minute * MINUTE;
        const found = closedAt(groups, now, "UTC");
        if (found === null) return;
        const opensAt = found.opensAt === null ? now + 2 * DAY : at(found.opensAt);
        if (found.opensAt !== null) expect(closedAt(groups, opensAt, "UTC")).toBeNull();
        const before = [opensAt - 1, ...parts.map((part) => now + Math.floor(part * (opensAt - now)))];
        expect(before.filter((time) => closedAt(groups, time, "UTC") === null)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});

describe("a cron expression", () => {
  test.each(["0 2 * * *", "*/5 * * * *", "0,30 8-18/2 1,15 JAN-MAR mon-fri", "59 23 31 12 7"])(
    "%s is valid",
    (text) => {
      expect(cronProblem(text)).toBeUndefined();
    },
  );

  test.each([
    ["0 2 * *", /minute, hour, day, month and weekday/],
    ["0 0 2 * * *", /minute, hour, day, month and weekday/],
    ["60 * * * *", /"60" is not a valid minute/],
    ["0 24 * * *", /"24" is not a valid hour/],
    ["0 2 0 * *", /"0" is not a valid day/],
    ["0 2 * FEBR *", /"FEBR" is not a valid month/],
    ["0 2 * * FRI-MON", /"FRI-MON" is not a valid weekday/],
    ["0/5 * * * *", /"0\/5" is not a valid minute/],
    ["*/0 * * * *", /is not a valid minute/],
    ["0 2 , * *", /is not a valid day/],
    ["@daily", /minute, hour/],
    ["", /minute, hour/],
  ])("%o is invalid", (text, message) => {
    expect(cronProblem(text)).toMatch(message);
  });

  test("that is valid can be used, whatever it is", () => {
    const field = (...words: readonly string[]) =>
      fc.array(fc.oneof(fc.constantFrom("*", "*/2", ...words), fc.constantFrom(...words)), {
        minLength: 1,
        maxLength: 2,
      });
    const fields = fc.tuple(
      field("0", "59", "00", "5-10", "0-59/59"),
      field("0", "23", "02", "1-5", "0-22/3"),
      field("1", "31", "01", "10-20/5"),
      field("1", "12", "JAN", "dec", "jan-mar", "6-12/6"),
      field("0", "7", "SUN", "sat", "MON-fri", "1-7/2", "5-7"),
    );
    fc.assert(
      fc.property(fields, (lists) => {
        const text = lists.map((list) => list.join(",")).join(" ");
        expect(cronProblem(text)).toBeUndefined();
        expect(() => new Cron(text, { mode: "5-part" })).not.toThrow();
      }),
    );
  });

  test("is checked without an exception, whatever is written", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const known = cronProblem(text);
        if (known === undefined) expect(() => new Cron(text, { mode: "5-part" })).not.toThrow();
      }),
    );
  });
});

test("a valid time zone is one that the runtime knows", () => {
  expect(["Europe/Oslo", "UTC", "Etc/GMT+1"].filter(isTimeZone)).toHaveLength(3);
  expect(["Mars/Olympus", "", "Europe/Oslo "].filter(isTimeZone)).toEqual([]);
});

describe("the gate with windows", () => {
  const closed = (kind: WindowClosure["kind"], more: Partial<WindowClosure> = {}): WindowClosure => ({
    kind,
    by: null,
    windows: [window("0 2 * * *", 3 * HOUR, "Europe/Oslo")],
    opensAt: "2026-01-02T01:00:00.000Z",
    ...more,
  });
  const outside = gateInput({ closed: closed("outside") });
  const frozen = gateInput({ closed: closed("frozen") });
  const approval = { digest: "the plan", expiresAt: "2026-01-01T13:00:00.000Z" };
  const codes = (input: Parameters<typeof judge>[0]) => judge(input).reasons.map(({ code }) => code);

  test("holds a plan outside the windows, and names them and the next opening", () => {
    const { state, reasons } = judge(outside);
    expect(state).toBe("held");
    expect(reasons).toEqual([
      {
        code: "window-closed",
        message:
          'outside the windows for changes ("0 2 * * *" for 3h Europe/Oslo); the next window opens at 2026-01-02T01:00:00Z',
      },
    ]);
    const never = gateInput({ closed: closed("outside", { by: "web", opensAt: null }) });
    expect(judge(never).reasons[0]?.message).toMatch(/for changes to web .*; no window will open$/);
  });

  test("names the instance whose freeze window is open", () => {
    const frozen = gateInput({ closed: closed("frozen", { by: "web" }) });
    expect(judge(frozen).reasons[0]?.message).toMatch(/^changes to web are frozen \(/);
  });

  test("blocks a plan in a freeze window", () => {
    expect(judge(frozen).state).toBe("blocked");
    expect(judge(frozen).reasons[0]).toMatchObject({
      code: "window-frozen",
      message: /^changes are frozen /,
    });
  });

  test("lets a person open what is outside a window, but not a freeze", () => {
    expect(judge({ ...outside, approval }).state).toBe("open");
    expect(codes({ ...outside, approval })).toEqual(["approved", "window-closed", "health-proceed"]);
    expect(judge({ ...frozen, approval }).state).toBe("blocked");
  });

  test("needs one approval for window and score, and one for the score alone all the same", () => {
    const shaky = { ...outside, health: healthy(80) };
    expect(codes(shaky)).toEqual(["window-closed", "health-in-confirm-band"]);
    expect(judge({ ...shaky, approval }).state).toBe("open");
    expect(judge({ ...outside, health: healthy(20), approval }).state).toBe("blocked");
  });

  test("lets force through, and says what was overridden", () => {
    const force = { reason: "the site is down" };
    expect(judge({ ...frozen, force }).state).toBe("open");
    expect(codes({ ...frozen, force })).toEqual(["forced", "window-frozen", "health-proceed"]);
  });

  test("lets a restore through, unless the settings deny it", () => {
    const verified = verifiedAs("web.container");
    for (const input of [outside, frozen]) {
      expect(judge({ ...input, verified }).state).toBe("open");
      expect(codes({ ...input, verified })[0]).toBe("restore");
      const denied = { ...input, verified, settings: gateSettings({ restore: "deny" }) };
      expect(judge(denied).state).not.toBe("open");
    }
  });

  test("ignores windows if there is nothing to apply", () => {
    const idle = plan([change("none", "web.container")]);
    expect(codes({ ...frozen, plan: idle })).toEqual(["nothing-to-apply"]);
  });
});
