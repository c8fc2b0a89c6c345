import { hash } from "node:crypto";
import { bytesOf } from "./bytes.ts";

/** sha256 in hex of the bytes of a text (lib/bytes.ts). */
export function digestOf(text: string): string {
  return hash("sha256", text.isWellFormed() ? text : bytesOf(text), "hex");
}
