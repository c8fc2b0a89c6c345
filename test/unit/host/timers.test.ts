import { expect, test } from "vitest";
import { parseTimers } from "../../../src/host/timers.ts";

test("timers have the times that systemd shows, and null for never", () => {
  const shown = `[
    {"next":1796060932944991,"left":1796060932944991,"last":0,"passed":0,"unit":"job.timer","activates":"job.service"},
    {"next":0,"left":0,"last":1796057364000400,"passed":1,"unit":"done.timer","activates":"done.service"},
    {"next":18446744073709551615,"left":0,"last":null,"passed":0,"unit":"odd.timer","activates":"odd.service"}
  ]`;
  expect(parseTimers(shown)).toEqual([
    { name: "job.timer", nextMs: 1_796_060_932_945, lastMs: null },
    { name: "done.timer", nextMs: null, lastMs: 1_796_057_364_000 },
    { name: "odd.timer", nextMs: null, lastMs: null },
  ]);
  expect(parseTimers("[]\n")).toEqual([]);
});
