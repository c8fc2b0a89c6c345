import { expect, onTestFinished, test } from "vitest";
import { start } from "../../../src/daemon/triggers/poll.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { testContext, until } from "./support.ts";

test("the poll runs by its cron expression, with seconds if it has six fields", async () => {
  const { context, calls } = testContext({ daemon: { poll: "* * * * * *" } });
  const running = await start(context);
  onTestFinished(() => running.stop());
  await until(() => calls.length > 0);
  expect(calls[0]).toBe("poll");
});

test("a stopped poll triggers nothing", async () => {
  const { context, calls } = testContext({ daemon: { poll: "* * * * * *" } });
  const running = await start(context);
  await running.stop();
  const before = calls.length;
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  expect(calls).toHaveLength(before);
});

test.each(["every day", "61 * * * *", "* * *", ""])(
  "the poll refuses the expression %j and says how to write one",
  async (poll) => {
    const { context } = testContext();
    const settings = { ...context.settings, daemon: { ...context.settings.daemon, poll } };
    const error: unknown = await start({ ...context, settings }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QuadgateError);
    expect(error).toMatchObject({ reason: "bad-settings", hint: expect.stringContaining("*/5 * * * *") });
    expect(String(error)).toContain("daemon.poll");
  },
);
