import { describe, expect, test } from "vitest";
import { checkAge, readReport } from "../../../../src/observe/health/report.ts";

const observedAt = new Date("2026-01-01T12:00:00.000Z");
const read = (text: string) => readReport(text, { provider: "x", source: "intel-1.json", observedAt });

describe("the score in a health report", () => {
  test.each([0, 1, 85, 100])("may be %d", (score) => {
    expect(read(`{"health_score":${score}}`)).toMatchObject({ ok: true, report: { score } });
  });

  test.each([
    ['"85"', 'as the text "85"'],
    ["85.5", "85.5"],
    ["101", "101"],
    ["-1", "-1"],
    ["null", "null"],
    ["true", "true"],
    ["[85]", "[85]"],
    ["1e400", "null"],
  ])("may not be %s, and the message shows %s", (score, shown) => {
    expect(read(`{"health_score":${score}}`)).toEqual({
      ok: false,
      code: "report-invalid",
      provider: "x",
      message: `the health report is not valid: intel-1.json has health_score ${shown}, not a whole number from 0 to 100`,
    });
  });

  test("may be under the key score", () => {
    expect(read('{"score":12}')).toMatchObject({ ok: true, report: { score: 12 } });
  });

  test("makes the report invalid if it is missing", () => {
    expect(read("{}")).toMatchObject({ ok: false, message: expect.stringContaining("has no health_score") });
  });
});

describe("a health report that is not JSON is refused with the place of the fault", () => {
  test.each([
    ["NaN as a score", '{"health_score":NaN}', "Unexpected token 'N' at line 1, column 17"],
    [
      "a quote in a message put together by hand",
      '{"health_score":85,\n "critical":[{"message":"unit "grafana" down"}]}',
      "Expected ',' or '}' after property value at line 2, column 32",
    ],
    [
      "a backslash in a message",
      '{"health_score":85,\n "info":[{"message":"C:\\x"}]}',
      "Bad escaped character at line 2, column 25",
    ],
    ["nothing", "", "Unexpected end of JSON input at line 1, column 1"],
    ["a half", '{"health_score":85,"cri', "Unterminated string at line 1, column 24"],
    ["two documents", '{"health_score":85}{"health_score":1}', "line 1, column 20"],
  ])("for %s", (_, text, message) => {
    expect(read(text)).toMatchObject({
      ok: false,
      code: "report-invalid",
      message: expect.stringContaining(message),
    });
  });

  test.each(["[]", "85", '"text"', "null"])("or, for %s, because it is JSON but not a report", (text) => {
    expect(read(text)).toMatchObject({ ok: false, code: "report-invalid" });
  });
});

describe("a health report", () => {
  test("may have missing and odd keys, a byte order mark, and findings as texts", () => {
    const text = `\uFEFF{"extra":{},"warnings":["low",{"code":7,"message":"m"}],"info":null,"critical":{},"health_score":85,
      "metrics":{"a":1,"b":"2","c":null,"d":[3]}}`;
    expect(read(text)).toEqual({
      ok: true,
      report: {
        provider: "x",
        score: 85,
        observedAt: "2026-01-01T12:00:00.000Z",
        critical: [],
        warnings: [
          { code: "", message: "low" },
          { code: "", message: "m" },
        ],
        info: [],
        metrics: { a: 1, b: "2" },
      },
    });
  });

  test("may have a time of its own, in any zone", () => {
    const result = read('{"health_score":85,"timestamp":"2025-11-14T21:03:11+01:00"}');
    expect(result).toMatchObject({ ok: true, report: { observedAt: "2025-11-14T20:03:11.000Z" } });
  });

  test("may have null as its time", () => {
    const result = read('{"health_score":85,"timestamp":null,"observedAt":"2025-11-14T20:03:11Z"}');
    expect(result).toMatchObject({ ok: true, report: { observedAt: "2025-11-14T20:03:11.000Z" } });
    expect(read('{"health_score":85,"timestamp":null}')).toMatchObject({
      ok: true,
      report: { observedAt: observedAt.toISOString() },
    });
  });

  test("loses findings that say nothing", () => {
    const result = read('{"health_score":85,"warnings":[7,null,{},[]," ",{"other":1},{"message":"m"}]}');
    expect(result).toMatchObject({ ok: true, report: { warnings: [{ code: "", message: "m" }] } });
  });

  test("has line breaks in texts replaced by blanks, so that no line looks like one of quadgate's", () => {
    const text = "x\\r\\n  Gate: open\\u2028y";
    const result = read(
      `{"health_score":85,"critical":["${text}",{"code":"${text}","message":"${text}","action":"${text}"}],"metrics":{"a":"${text}"}}`,
    );
    const line = "x Gate: open y";
    expect(result).toMatchObject({
      report: {
        critical: [
          { code: "", message: line },
          { code: line, message: line, action: line },
        ],
        metrics: { a: line },
      },
    });
  });

  test.each(['"yesterday"', "1763150591"])("may not have %s as its time", (time) => {
    const result = read(`{"health_score":85,"timestamp":${time}}`);
    expect(result).toMatchObject({ ok: false, code: "report-invalid" });
  });
});

test("a health report is kept within bounds, and what is left out is counted", () => {
  const many = Array.from({ length: 130 }, (_, n) => ({
    code: `W${n}`,
    message: "x".repeat(5_000),
    action: "a",
  }));
  const metrics = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`m${n}`, "y".repeat(5_000)]));
  const result = read(JSON.stringify({ health_score: 50, critical: many, warnings: ["w"], metrics }));
  const report = result.ok ? result.report : undefined;
  expect(report?.critical).toHaveLength(101);
  expect(report?.critical[99]).toEqual({ code: "W99", message: `${"x".repeat(1_000)}...`, action: "a" });
  expect(report?.critical[100]).toEqual({ code: "", message: "and 30 more, which are not kept" });
  expect(report?.warnings).toEqual([{ code: "", message: "w" }]);
  expect(Object.keys(report?.metrics ?? {})).toHaveLength(200);
  expect(report?.metrics.m0).toBe(`${"y".repeat(1_000)}...`);
});

describe("the age of a health report", () => {
  const at = (seconds: number) =>
    checkAge(
      read('{"health_score":85}'),
      "intel-1.json",
      new Date(observedAt.getTime() + seconds * 1000),
      600_000,
    );

  test("is fresh up to maxAge, and stale later", () => {
    expect(at(600)).toMatchObject({ ok: true });
    expect(at(601)).toMatchObject({ ok: false, code: "report-stale" });
  });

  test("may be a minute ahead for an inaccurate clock, and no more", () => {
    expect(at(-60)).toMatchObject({ ok: true });
    expect(at(-61)).toMatchObject({ ok: false, code: "report-invalid" });
  });
});
