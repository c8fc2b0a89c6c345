import { expect, it } from "vitest";
import type { Io } from "../../../src/cli/io.ts";
import { createTerminal } from "../../../src/cli/terminal.ts";

/** A terminal, and what it has written. */
function terminal(json: boolean) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) > 0, isTTY: false };
  const io = { stdin: { isTTY: false }, stdout: stream, stderr: stream, environment: {} } as unknown as Io;
  return { written, to: createTerminal(io, { json, quiet: false, verbose: false, colour: false }) };
}

it("shows people bytes that are not UTF-8, and what would steer their terminal, as harmless text", () => {
  const { written, to } = terminal(false);
  to.print("caf\udce9 \u001b[2J");
  to.note("\udc80");
  to.alert("é \udcff");
  expect(written).toEqual(["caf\\xE9 \ufffd[2J\n", "\\x80\n", "é \\xFF\n"]);
});

it("writes such bytes into JSON as escapes that give them back", () => {
  const { written, to } = terminal(true);
  to.printJson({ text: "caf\udce9" });
  expect(written.join("")).toContain("caf\\udce9");
  expect(JSON.parse(written.join(""))).toEqual({ text: "caf\udce9" });
});
