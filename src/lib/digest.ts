import { hash } from "node:crypto";

/** sha256 in hex of a UTF-8 text. */
export function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}
