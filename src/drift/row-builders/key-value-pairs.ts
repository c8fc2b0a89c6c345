import type { Json } from "../../model/live.ts";
import { allOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";

/** `K=V` texts by key; the last one of a key wins. A bare word has the value `bare`; null leaves it out. */
export function splitPairs(texts: readonly string[], bare: string | null = ""): Flat {
  return flat(
    Object.fromEntries(
      texts.map((pair) => {
        const equals = pair.indexOf("=");
        return equals < 0 ? [pair, bare ?? undefined] : [pair.slice(0, equals), pair.slice(equals + 1)];
      }),
    ),
  );
}

/** The `K=V` values of a flag. */
export function pairsOf(call: PodmanCall, flag: string, bare?: string | null): Flat {
  return splitPairs(allOf(call.flags, flag), bare);
}

/** The pairs with a wanted key. */
export function onlyKeys(value: Flat, wanted: (key: string) => boolean): Flat {
  return Object.fromEntries(Object.entries(value).filter(([key]) => wanted(key)));
}

/** The number of pairs, such as `3 labels`; if some differ, these pairs instead. */
export function countText(value: Flat, keys: readonly string[], one: string): string {
  const names = Object.keys(value);
  if (keys.length === 0) return `${names.length} ${one}${names.length === 1 ? "" : "s"}`;
  const shown = keys.filter((key) => value[key] !== undefined);
  return shown.map((key) => `${key}=${value[key]}`).join(", ") || "none";
}

/** The declared keys of an object with their current values. */
export function declaredKeys(expected: Flat, live: { readonly [key: string]: Json }): Flat {
  return flat(Object.fromEntries(Object.keys(expected).map((key) => [key, live[key]?.toString()])));
}

/** All pairs: `a=1, b`. */
export function pairsText(value: Flat): string {
  const texts = Object.entries(value).map(([key, text]) => (text === "" ? key : `${key}=${text}`));
  return texts.join(", ") || "none";
}

/** The keys alone. */
export function keysText(value: Flat): string {
  return Object.keys(value).join(", ") || "none";
}
