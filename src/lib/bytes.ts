import { isUtf8 } from "node:buffer";

/** A byte that is not part of UTF-8 is U+DC00 plus the byte, a code point that no UTF-8 text contains. */
const ESCAPE = 0xdc00;
const ESCAPED = /[\u{dc80}-\u{dcff}]/u;

/**
 * The text of a file's bytes. It loses nothing: each byte that is not part of valid UTF-8 stands as a lone
 * surrogate, U+DC80 to U+DCFF (Python's `surrogateescape`), and a byte order mark stays.
 */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(bytes) ? buffer.toString("utf8") : decode(buffer);
}

/** The bytes of a text of `textOf`. Any other lone surrogate becomes U+FFFD, as everywhere in node. */
export function bytesOf(text: string): Buffer {
  return text.isWellFormed() ? Buffer.from(text, "utf8") : encode(text);
}

/** 0-based offset of the first byte of a text that is not UTF-8; undefined if it is UTF-8. */
export function firstForeignByte(text: string): number | undefined {
  const found = text.isWellFormed() ? -1 : text.search(ESCAPED);
  return found < 0 ? undefined : found;
}

/** The text for people: each byte that is not UTF-8 as `\xE9`. */
export function withVisibleBytes(text: string): string {
  return text.isWellFormed() ? text : text.replace(new RegExp(ESCAPED, "gu"), visibleByte);
}

/** The text as programs that replace what is not UTF-8 show it (podman's JSON): U+FFFD for each byte. */
export function withReplacedBytes(text: string): string {
  return text.isWellFormed() ? text : text.replace(new RegExp(ESCAPED, "gu"), "\u{fffd}");
}

function visibleByte(escaped: string): string {
  return `\\x${(escaped.charCodeAt(0) - ESCAPE).toString(16).toUpperCase()}`;
}

function decode(bytes: Buffer): string {
  const units = Buffer.alloc(2 * bytes.length);
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterAt(bytes, at);
    if (length > 1) end += units.write(bytes.toString("utf8", at, at + length), end, "utf16le");
    else end = units.writeUInt16LE((length === 0 ? ESCAPE : 0) + (bytes[at] ?? 0), end);
    at += Math.max(1, length);
  }
  return units.toString("utf16le", 0, end);
}

function encode(text: string): Buffer {
  const bytes = Buffer.alloc(3 * text.length);
  let end = 0;
  for (const character of text) {
    if (ESCAPED.test(character)) end = bytes.writeUInt8(character.charCodeAt(0) - ESCAPE, end);
    else end += bytes.write(character, end, "utf8");
  }
  return bytes.subarray(0, end);
}

/** How many bytes the UTF-8 character at an offset has; 0 if none is there (Unicode 15.0, table 3-7). */
function characterAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
