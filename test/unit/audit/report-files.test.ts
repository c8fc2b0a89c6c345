import { describe, expect, expectTypeOf, test } from "vitest";
import type * as z from "zod";
import { driftDocument, driftMetrics } from "../../../src/document/index.ts";
import {
  type DriftCause,
  type DriftReport,
  type FieldDrift,
  type InstanceDrift,
  isClean,
  type UnitDrift,
} from "../../../src/model/drift.ts";
import { driftReportSchema } from "../../../src/model/drift-schema.ts";
import { SHIPPED } from "../render/builder.ts";

const TEMPLATES = SHIPPED.templates;

const NASTY = '<script>alert(1)</script> | `a` "b"\nc';
const REPORT: DriftReport = {
  schemaVersion: 1,
  revision: "0123456789abcdef0123456789abcdef01234567",
  host: "htpc",
  observedAt: "2026-01-02T03:04:05.678Z",
  summary: { instances: 2, match: 1, drift: 1, warning: 0 },
  instances: [
    {
      instance: "web",
      status: "drift",
      units: [
        {
          unit: "web.container",
          service: "web.service",
          container: "web",
          status: "drift",
          fields: [
            { field: "image", status: "match", desired: "example.org/kept", live: "example.org/kept" },
            { field: "environment", status: "drift", desired: "TZ", live: NASTY, message: "podman update" },
          ],
          suggestions: ["systemctl --user restart web.service"],
        },
      ],
    },
    { instance: "cache", status: "match", units: [] },
  ],
};

describe("a drift report as a file", () => {
  test("in Markdown shows what differs, and keeps values within their cells", () => {
    const text = driftDocument(REPORT, "md", TEMPLATES);
    expect(text).toContain("| `cache` | match |");
    expect(text).toContain("- `systemctl --user restart web.service`");
    expect(text).not.toContain("example.org/kept");
    const row = text.split("\n").find((line) => line.includes("environment")) ?? "";
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(7);
    expect(row).toContain('| `` <script>alert(1)</script> \\| `a` "b" c `` |');
  });

  test("in Markdown shows values as code, whatever backticks they contain", () => {
    const values = { desired: "a` <img src=x>", live: "", message: "b` <img src=y>" };
    const report: DriftReport = {
      ...REPORT,
      instances: REPORT.instances.map((instance) => ({
        ...instance,
        units: instance.units.map((unit) => ({
          ...unit,
          fields: unit.fields.map((field) => ({ ...field, ...values, status: "drift" })),
        })),
      })),
    };
    expect(driftDocument(report, "md", TEMPLATES)).toContain(
      "| drift | `` a` <img src=x> `` |  | b\\` &lt;img src=y> |",
    );
  });

  test("in HTML takes no markup from a value, and loads nothing", () => {
    const text = driftDocument(REPORT, "html", TEMPLATES);
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).not.toMatch(/<script|src=|@import|url\(/);
    expect(text).toContain('<td class="drift">drift</td>');
    expect(text).not.toContain("example.org/kept");
  });

  test("for Prometheus has a sample for each instance, the counts and the time", () => {
    const samples = driftMetrics(REPORT)
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    expect(samples).toEqual([
      'quadgate_drift_status{host="htpc",name="web"} 2',
      'quadgate_drift_status{host="htpc",name="cache"} 0',
      'quadgate_drift_instances{host="htpc",status="match"} 1',
      'quadgate_drift_instances{host="htpc",status="warning"} 0',
      'quadgate_drift_instances{host="htpc",status="drift"} 1',
      'quadgate_drift_observed_timestamp_seconds{host="htpc"} 1767323045.678',
      "",
    ]);
  });

  test("for Prometheus escapes what would end a label", () => {
    const odd = { ...REPORT, host: 'a"b\\c\nd' };
    expect(driftMetrics(odd)).toContain('quadgate_drift_instances{host="a\\"b\\\\c\\nd",status="drift"} 1');
  });

  test("in JSON conforms to its schema", () => {
    expect(driftReportSchema.safeParse(REPORT).error).toBeUndefined();
    expect(driftReportSchema.safeParse({ ...REPORT, observedAt: "yesterday" }).success).toBe(false);
    type InstanceDescription = z.output<typeof driftReportSchema>;
    type Unit = InstanceDescription["instances"][number]["units"][number];
    type Cause = Unit["fields"][number]["cause"];
    expectTypeOf<keyof InstanceDescription["instances"][number]>().toEqualTypeOf<keyof InstanceDrift>();
    expectTypeOf<Cause>().toEqualTypeOf<DriftCause | undefined>();
    expectTypeOf<keyof InstanceDescription>().toEqualTypeOf<keyof DriftReport>();
    expectTypeOf<keyof Unit>().toEqualTypeOf<keyof UnitDrift>();
    expectTypeOf<keyof Unit["fields"][number]>().toEqualTypeOf<Exclude<keyof FieldDrift, "kinds">>();
  });
});

test.each([
  [{ drift: 0, warning: 0 }, true, true],
  [{ drift: 0, warning: 1 }, true, false],
  [{ drift: 1, warning: 0 }, false, false],
])("the drift summary %j is clean: %s, and in strict mode: %s", (counts, clean, strictly) => {
  const summary = { instances: 1, match: 0, ...counts };
  expect([isClean(summary, false), isClean(summary, true)]).toEqual([clean, strictly]);
});
