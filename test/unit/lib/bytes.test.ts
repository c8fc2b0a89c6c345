import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesOf,
  firstForeignByte,
  textOf,
  withReplacedBytes,
  withVisibleBytes,
} from "../../../src/lib/bytes.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import { oneLine } from "../../../src/lib/one-line.ts";

/** Bytes that begin, go on with, and break off UTF-8 characters. */
const ODD = [0x00, 0x0a, 0x41, 0x7f, 0x80, 0x8f, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0];
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.array(fc.constantFrom(...ODD, 0xf4, 0xf5, 0xff), { maxLength: 24 }).map((list) => Uint8Array.from(list)),
  fc.string({ unit: "binary" }).map((text) => Buffer.from(text, "utf8")),
);

describe("the text of bytes", () => {
  test("gives exactly these bytes back, whatever they are", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(Buffer.compare(bytesOf(textOf(bytes)), bytes)).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("is that of any other program if the bytes are UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = Buffer.from(text, "utf8");
        expect(textOf(bytes)).toBe(bytes.toString("utf8"));
        expect(bytesOf(text).equals(bytes)).toBe(true);
      }),
    );
  });

  test("differs if the bytes differ", () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (one, other) => {
        expect(textOf(one) === textOf(other)).toBe(Buffer.compare(one, other) === 0);
      }),
    );
  });

  test("survives JSON, in which each such byte is an escape", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const json = JSON.stringify({ content: textOf(bytes) });
        expect(json.isWellFormed()).toBe(true);
        expect(JSON.parse(json)).toEqual({ content: textOf(bytes) });
      }),
    );
  });

  test.each([
    ["latin-1", [0x63, 0xe9], "c\udce9"],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    ["an encoded surrogate", [0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
    ["a character that breaks off", [0xf0, 0x9f, 0x98], "\udcf0\udc9f\udc98"],
    ["too long a form", [0xc0, 0x80], "\udcc0\udc80"],
    ["a character beyond the last", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
    ["characters beside a byte", [0xf0, 0x9f, 0x98, 0x80, 0xff, 0xc3, 0xa9], "😀\udcffé"],
  ])("has each byte that is not UTF-8 as U+DC80 to U+DCFF: %s", (_, bytes, text) => {
    expect(textOf(Uint8Array.from(bytes))).toBe(text);
    expect([...bytesOf(text)]).toEqual(bytes);
  });

  test("is read from a part of a larger buffer", () => {
    expect(textOf(Buffer.from([0x61, 0xe9, 0x62, 0x63]).subarray(1, 3))).toBe("\udce9b");
  });

  test("shows such a byte to people as \\xE9, and as U+FFFD where other programs do", () => {
    expect(withVisibleBytes("caf\udce9 😀")).toBe("caf\\xE9 😀");
    expect(oneLine(" caf\udce9\n\udc80 ")).toBe("caf\\xE9 \\x80");
    expect(withReplacedBytes("caf\udce9\udcff 😀")).toBe("caf\ufffd\ufffd 😀");
    expect([firstForeignByte("ab\udce9"), firstForeignByte("😀"), firstForeignByte("")]).toEqual([
      2,
      undefined,
      undefined,
    ]);
  });
});

test("a digest is that of the bytes", () => {
  const latin1 = Uint8Array.from([0x63, 0xe9]);
  expect(digestOf(textOf(latin1))).toBe(createHash("sha256").update(latin1).digest("hex"));
  expect(digestOf("ç 😀")).toBe(createHash("sha256").update("ç 😀", "utf8").digest("hex"));
  expect(digestOf("c\udce9")).not.toBe(digestOf("c\ufffd"));
});
