import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quoteForShell } from "../../../src/lib/shell-quoting.ts";
import { quoteWord, withoutExpansion } from "../../../src/lib/systemd-quoting.ts";
import { splitWords } from "../../../src/lib/systemd-words.ts";

test("systemd expands nothing in a text that is protected from expansion", () => {
  expect(withoutExpansion("100% of $HOME", "percent")).toBe("100%% of $HOME");
  expect(withoutExpansion("100% of $HOME", "both")).toBe("100%% of $$HOME");
});

test("a quoted word is one word of a unit's command line", () => {
  expect(quoteWord(String.raw`/opt/my "app"\x$1%h`)).toBe(String.raw`"/opt/my \"app\"\\x$$1%%h"`);
  const word = fc.string().filter((text) => !/[\n\r%$]/.test(text));
  fc.assert(
    fc.property(word, (text) => {
      expect(splitWords(`a ${quoteWord(text)} b`)).toEqual(["a", text, "b"]);
    }),
  );
});

test("a shell reads a quoted text unchanged", () => {
  const text = 'it\'s "$HOME" \\ \n $(exit 1) `x`';
  const printed = execFileSync("sh", ["-c", `printf %s ${quoteForShell(text)}`], { encoding: "utf8" });
  expect(printed).toBe(text);
});
