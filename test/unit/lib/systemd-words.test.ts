import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitWords } from "../../../src/lib/systemd-words.ts";

describe("a systemd command line", () => {
  test.each([
    ["a  b\tc", ["a", "b", "c"]],
    [`"a b" 'c d' e"f g"h`, ["a b", "c d", "ef gh"]],
    [`"it's" 'say "x"'`, ["it's", 'say "x"']],
    [`"" a ''`, ["", "a", ""]],
    [String.raw`"a\x20b" \x41\102\u00e9\U0001F600`, ["a b", "ABé😀"]],
    [String.raw`a\sb c\\d \"e\" "f\"g"`, ["a b", "c\\d", '"e"', 'f"g']],
    [String.raw`"JSON={\"a\":\x20\"b\"}"`, ['JSON={"a": "b"}']],
    [String.raw`\q \xZZ`, ["\\q", "\\xZZ"]],
    [`"open quote`, ["open quote"]],
    ["", []],
  ])("%j has the words %j", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test("gives back any words that Quadlet has quoted", () => {
    const word = fc.string({ unit: "grapheme-ascii" });
    fc.assert(
      fc.property(fc.array(word), fc.boolean(), (words, hexBlanks) => {
        expect(splitWords(words.map((text) => quadletQuote(text, hexBlanks)).join(" "))).toEqual(words);
      }),
    );
  });
});

/** As podman's generator quotes a word: blanks as they are up to 5.4, as `\x20` from 5.5 on. */
function quadletQuote(word: string, hexBlanks: boolean): string {
  const escaped = word.replace(/["'\\]/g, "\\$&");
  return `"${hexBlanks ? escaped.replaceAll(" ", "\\x20") : escaped}"`;
}
