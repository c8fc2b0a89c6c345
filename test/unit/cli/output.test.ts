import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const QUADGATE = `${process.execPath} --import tsx src/main.ts`;

it("output that cannot be written is reported, and a reader that stops early is not an error", async () => {
  const full = run("sh", ["-c", `${QUADGATE} schema drift > /dev/full`]);
  await expect(full).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("error: cannot write the output: ENOSPC"),
  });
  const { stdout, stderr } = await run("sh", ["-c", `${QUADGATE} schema manifest | head -c 1`]);
  expect([stdout, stderr]).toEqual(["{", ""]);
});
