import { expect, test } from "vitest";
import { createSystemd } from "../../../src/host/systemd.ts";
import type { RunOptions } from "../../../src/model/host.ts";
import { FACTS } from "../../support/health-host.ts";

test("a stop is given the time that its unit may want, but not forever", async () => {
  const limits: RunOptions["timeoutMs"][] = [];
  const run = async (_file: string, _args: readonly string[], options: RunOptions = {}) => {
    limits.push(options.timeoutMs);
    return { exitCode: undefined, stdout: "", stderr: "", timedOut: true };
  };
  await expect(createSystemd({ run }, FACTS).stop("db.service")).rejects.toMatchObject({
    reason: "command-failed",
    message: "not down within 1800 s",
  });
  expect(limits).toEqual([1_800_000]);
});
