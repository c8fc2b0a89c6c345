import { messageOf } from "../../lib/error-message.ts";
import type { Json } from "../../model/live.ts";

/** Parsed JSON, or the parser's message with line and column of the fault. */
export type Parsed =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly message: string };

/** Parses JSON that may start with a byte order mark. */
export function parseJson(text: string): Parsed {
  const body = text.replace(/^\uFEFF/, "");
  const message = faultOf(body);
  if (message === undefined) return { ok: true, json: JSON.parse(body) as Json };
  const before = body.slice(0, positionOf(body, message)).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const what = message
    .replace(/,? "?\.\.\.[\s\S]*$|, "[\s\S]*$/, "")
    .replace(/ (in|at position)\b[\s\S]*$/, "");
  return { ok: false, message: `${what} at line ${before.length}, column ${column}` };
}

function faultOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Where the fault is. V8 leaves the position out of "Unexpected token" messages; there it is the end of the
 * shortest beginning that fails in that way, since a shorter one fails by its end alone.
 */
function positionOf(text: string, message: string): number {
  const named = /at position (\d+)/.exec(message)?.[1];
  if (named !== undefined) return Number(named);
  if (!message.startsWith("Unexpected token")) return text.length;
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (faultOf(text.slice(0, middle))?.startsWith("Unexpected token")) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}
