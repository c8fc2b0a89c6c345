import { maskWords } from "../../lib/mask-secrets.ts";
import { at, listAt } from "../../model/live.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/** The command and the entry point, if they are declared; otherwise they are the image's. */
export const command: FieldRow = {
  name: "command",
  flags: ["entrypoint"],
  declared: ({ call }) =>
    flat({
      command: call.rest.length > 1 ? JSON.stringify(call.rest.slice(1)) : undefined,
      entrypoint: entrypointOf(lastOf(call.flags, "entrypoint")),
    }),
  container: (expected, container) => {
    const entrypoint = at(container, "Config", "Entrypoint");
    return flat({
      command: expected.command && JSON.stringify(listAt(container, "Config", "Cmd")),
      entrypoint:
        expected.entrypoint &&
        (typeof entrypoint === "string" ? expected.entrypoint : JSON.stringify(entrypoint ?? [])),
    });
  },
  text: (value) =>
    [value.entrypoint, value.command]
      .filter((part) => part !== undefined)
      .map(wordsText)
      .join(" "),
  shown: (_, text) => wordsText(text),
};

/** podman takes a JSON array, or any other text as one word. An empty text clears the image's entry point. */
function entrypointOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return JSON.stringify(value);
  } catch {
    return JSON.stringify([text]);
  }
  return JSON.stringify([text]);
}

function wordsText(json: string): string {
  const words: unknown = JSON.parse(json);
  if (!Array.isArray(words)) return json;
  return maskWords(words.map(String))
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(" ");
}
