import { describe, expect, test } from "vitest";
import { sinceLastStop } from "../../../src/apply/journal-lines.ts";

describe("the lines since the last stop", () => {
  test("leave out how the text before was stopped", () => {
    const before = ["app.service: Main process exited, code=exited, status=137/n/a", "Stopped app.service."];
    const own = ["Starting app.service...", "cannot open the database", "app.service: Failed."];
    expect(sinceLastStop([...before, ...own])).toEqual(own);
  });

  test("hold the ends between which systemd started it again", () => {
    const lines = [
      "cannot open the database",
      "app.service: Scheduled restart job, restart counter is at 1.",
      "Stopped app.service.",
      "Starting app.service...",
    ];
    expect(sinceLastStop(lines)).toEqual(lines);
  });

  test("are all of them if nothing has followed the stop", () => {
    const lines = ["cannot open the database", "Stopped app.service."];
    expect(sinceLastStop(lines)).toEqual(lines);
  });
});
