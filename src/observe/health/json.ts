import { messageOf } from "../../lib/error-message.ts";
import type { Json } from "../../model/live.ts";

/** Parsed JSON, or the parser's message with the line and column of the fault. */
export type ParseResult =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly message: string };

/** Parses JSON that may start with a byte order mark. */
export function parseJson(text: string): ParseResult {
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
 * The position of the fault. V8 leaves it out of "Unexpected token" messages. The fault is then at the end of
 * the shortest prefix that fails in this way, because a shorter prefix fails only because it ends.
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
