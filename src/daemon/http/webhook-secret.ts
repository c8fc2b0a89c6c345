import { QuadgateError } from "../../model/errors.ts";
import type { Files } from "../../model/host.ts";

const MIN_LENGTH = 16;

/**
 * Reads the webhook secret: the file's text without surrounding white space. Throws `bad-settings` unless the
 * file is a regular one that only its owner may read, with 16 characters or more.
 */
export async function readSecret(files: Pick<Files, "read" | "stat">, path: string): Promise<string> {
  const stat = await files.stat(path);
  if (stat === undefined) throw refused(path, "there is no such file", createHint(path));
  if (stat.kind !== "file") throw refused(path, `it is a ${stat.kind}, not a file`, "Name the file itself.");
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, "0");
    throw refused(path, `others may read it (mode ${mode})`, `chmod 600 ${path}`);
  }
  const secret = ((await files.read(path)) ?? "").trim();
  if (secret.length < MIN_LENGTH) {
    throw refused(path, `the secret is shorter than ${MIN_LENGTH} characters`, createHint(path));
  }
  return secret;
}

function createHint(path: string): string {
  return `(umask 077; openssl rand -hex 32 > ${path})`;
}

function refused(path: string, why: string, hint: string): QuadgateError {
  return new QuadgateError("bad-settings", `daemon.webhookSecretFile: ${path}: ${why}`, { hint });
}
