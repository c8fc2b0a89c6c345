import { describe, expect, test } from "vitest";
import { encodeValue } from "../../../src/render/encode.ts";
import type { Piece } from "../../../src/render/marks.ts";
import { keyRow } from "../../../src/render/quadlet-keys.ts";

const value = (text: string): Piece => ({ text, output: true });
const trusted = (text: string): Piece => ({ text, output: false });

function encode(section: string, key: string, ...pieces: readonly Piece[]) {
  const row = keyRow(section, key);
  if (row === undefined) throw new Error(`no row for ${key}`);
  const encoded = encodeValue(row, pieces);
  return encoded.ok ? encoded.text : `refused: it ${encoded.why}`;
}

describe("a value is encoded for its key", () => {
  test.each([
    ["Container", "HostName", "a%b$c", "a%%b$$c"],
    ["Unit", "Description", "a%b$c", "a%%b$c"],
    ["Service", "MemoryMax", "50%", "50%"],
    ["Container", "HostName", "a b", "a b"],
    ["Container", "Network", 'a"b"', 'a"b"'],
    ["Container", "AddCapability", "two words", '"two words"'],
    ["Container", "AddCapability", 'say "hi"', "'say \"hi\"'"],
    ["Container", "AddDevice", "/dev/\u0085", '"/dev/\u0085"'],
    ["Container", "AddDevice", "/dev/a\\b", "/dev/a\\b"],
    ["Container", "Exec", "two words", '"two words"'],
    ["Container", "Exec", "a\tb\\c", '"a\\tb\\\\c"'],
    ["Container", "Exec", "\u00a0", '"\\u00a0"'],
    ["Container", "Exec", "", `\${QUADGATE_EMPTY}`],
    ["Container", "Exec", ";", `\${QUADGATE_SEMICOLON}`],
    ["Container", "HealthCmd", "a\nb", '"--health-cmd=a\\nb"'],
    ["Container", "Volume", "%h/a%b:/c%d", "%h/a%b:/c%%d"],
  ])("in [%s] %s: %j", (section, key, text, expected) => {
    expect(encode(section, key, value(text))).toBe(expected);
  });
});

describe("a value that its key cannot carry is refused", () => {
  test.each([
    ["Container", "HostName", "a\nb", "has more than one line"],
    ["Container", "HostName", "a\\", "ends with a backslash"],
    ["Container", "HostName", '"a', "a double quote"],
    ["Container", "HostName", " a", "a blank"],
    ["Container", "HostName", "", "is empty"],
    ["Container", "Network", ";", "lone ;"],
    ["Container", "HealthCmd", "", "is empty"],
    ["Container", "AddCapability", "\"'", "quotes"],
    ["Container", "AddCapability", "", "is empty"],
    ["Container", "AddDevice", "/dev/x\\", "ends with a backslash"],
    ["Container", "AddDevice", "/dev/x y\\", "ends with a backslash"],
    ["Container", "Secret", "", "is empty"],
    ["Container", "Exec", "\u0080", "U+0080"],
  ])("in [%s] %s: %j", (section, key, text, why) => {
    const encoded = encode(section, key, value(text));
    expect(encoded).toContain("refused");
    expect(encoded).toContain(why);
  });

  test("a value beside template text must not hold the key's field separator", () => {
    expect(encode("Container", "Secret", value("a,type=mount"), trusted(",type=env"))).toContain("refused");
    expect(encode("Container", "Network", value("a:b"), trusted(".network:ip="), value("1"))).toContain(
      "refused",
    );
    expect(encode("Container", "Environment", value("A=B"), trusted("="), value("c"))).toContain("refused");
    expect(encode("Container", "Environment", value("A"), trusted("="), value("b=c"))).toBe("A=b=c");
    expect(encode("Container", "Secret", value("a,type=mount"))).toBe("a,type=mount");
  });

  test("a variable without a name is refused", () => {
    expect(encode("Container", "Environment", value(""), trusted("="), value("c"))).toContain(
      "an empty name",
    );
  });
});

describe("the text of a template is left as it is", () => {
  test("including its specifiers and variables", () => {
    expect(encode("Container", "Exec", trusted("run %h $X "), value("$X"))).toBe("run %h $X $$X");
  });

  test("including its quotes, which a value inside them cannot end", () => {
    expect(encode("Container", "Exec", trusted('sh -c "echo '), value('"; rm'), trusted('"'))).toBe(
      'sh -c "echo \\x22;\\x20rm"',
    );
  });

  test("including its words, whether they are separate or joined", () => {
    expect(encode("Container", "Exec", trusted("a"), value("b c"), trusted(" "), value("d"))).toBe(
      '"ab c" d',
    );
  });
});
