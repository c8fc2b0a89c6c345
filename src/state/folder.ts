import { join } from "node:path";
import type { z } from "zod";
import { messageOf } from "../lib/error-message.ts";
import { QuadgateError } from "../model/errors.ts";
import type { Files } from "../model/host.ts";

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The state directory. Only its owner may read it, and every write is atomic and durable. */
export interface StateFolder {
  readonly path: string;
  /** undefined: there is no such file. Throws `state-unreadable`. */
  read(name: string): Promise<string | undefined>;
  /** Many files at once, by name, without those that do not exist. Throws `state-unreadable`. */
  readMany(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Throws `state-unwritable`. */
  write(name: string, content: string): Promise<void>;
  append(name: string, line: string): Promise<void>;
  remove(name: string): Promise<void>;
  list(name: string): Promise<readonly string[]>;
}

export function openFolder(files: Files, path: string): StateFolder {
  const at = (name: string) => join(path, name);
  const effect = async (name: string, verb: string, work: () => Promise<void>) => {
    await work().catch((error: unknown) => {
      throw unwritable(`cannot ${verb} ${at(name)}`, error);
    });
  };
  const refuse = (name: string) => (error: unknown) => {
    throw unreadable(`cannot read ${at(name)}: ${messageOf(error)}`, "check its owner and its mode", error);
  };
  return {
    path,
    read: (name) => files.read(at(name)).catch(refuse(name)),
    readMany: async (names) => {
      const found = await files.readPlain(names.map(at));
      const texts = new Map<string, string>();
      for (const name of names) {
        const file = found.get(at(name));
        if (file === undefined) continue;
        if (!("content" in file)) refuse(name)(`it is ${file.message}`);
        else texts.set(name, file.content);
      }
      return texts;
    },
    write: (name, content) =>
      effect(name, "write", () => files.write(at(name), content, { mode: FILE_MODE, dirMode: FOLDER_MODE })),
    append: (name, line) =>
      effect(name, "append to", () => files.append(at(name), line, { mode: FILE_MODE })),
    remove: (name) => effect(name, "remove", () => files.removeTree(at(name))),
    list: (name) => files.list(at(name)),
  };
}

export function unreadable(message: string, hint: string, cause?: unknown): QuadgateError {
  return new QuadgateError("state-unreadable", message, { hint, cause });
}

function unwritable(message: string, error: unknown): QuadgateError {
  if (error instanceof QuadgateError) return error;
  const hint = "check the folder's owner, its mode and the free space";
  return new QuadgateError("state-unwritable", `${message}: ${messageOf(error)}`, { hint, cause: error });
}

/** Parses JSON of a known shape. Returns the value, or what is wrong with the text. */
export function parseAs<T>(
  schema: z.ZodType<T>,
  content: string,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string } {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  return {
    ok: false,
    message: `${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not valid"}`,
  };
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
