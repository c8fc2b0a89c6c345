import { expect, test } from "vitest";
import { createProgress } from "../../../src/cli/progress.ts";
import { createTerminal } from "../../../src/cli/terminal.ts";
import { stage } from "../../support/cli.ts";
import { World } from "../../support/fake-host/index.ts";

test("a log has no line for each look of a watch, and one for what came of it", async () => {
  const { io, output } = stage(new World());
  const terminal = createTerminal(io, { json: false, quiet: false, verbose: false, colour: false });
  const { emit, stop } = await createProgress(terminal);
  for (const seconds of [10, 9.5, 9]) emit({ type: "waiting", message: `web: settling, ${seconds} s` });
  emit({ type: "warning", message: "web: web.service: it ended" });
  stop();
  expect(output()).toEqual({ stdout: "", stderr: "warning: web: web.service: it ended\n" });
});
