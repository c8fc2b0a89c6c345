import { arch } from "node:os";
import { digestOf } from "../lib/digest.ts";
import type { Processes } from "../model/host.ts";
import { at, type Json, listAt, textAt } from "../model/live.ts";

/** Node's names of processors to the names in image indexes (Go's). */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** See Podman.localImage. */
export async function localImage(processes: Processes, reference: string): Promise<string | undefined> {
  const result = await processes.run("podman", ["image", "inspect", "--", reference]);
  if (result.exitCode !== 0) return undefined;
  const image = parse(result.stdout);
  return textAt(image, 0, "Digest") || `sha256:${textAt(image, 0, "Id")}`;
}

/**
 * The error of `podman manifest inspect` (5.4) for an image that is not a list of platforms. podman has read
 * the manifest and quotes it.
 */
const SINGLE = /parsing manifest blob ("(?:[^"\\]|\\.)*") as a "[^"]*": Treating single images/;

/** See Podman.remoteImage. */
export async function remoteImage(
  processes: Processes,
  reference: string,
  timeoutMs: number,
): Promise<{ digest: string | null } | { problem: string }> {
  const result = await processes.run("podman", ["manifest", "inspect", "--", reference], { timeoutMs });
  if (result.timedOut) return { problem: `the registry did not answer within ${timeoutMs / 1_000} s` };
  const single = SINGLE.exec(result.stderr)?.[1];
  if (single !== undefined) return { digest: digestOfQuoted(single) };
  if (result.exitCode !== 0) return { problem: lastLine(result.stderr) };
  const document = parse(result.stdout);
  const own = ARCHITECTURES[arch()] ?? arch();
  const platform = listAt(document, "manifests").find(
    (row) => textAt(row, "platform", "architecture") === own,
  );
  if (at(document, "manifests") !== undefined && platform === undefined)
    return { problem: `the image is not made for ${own}` };
  return { digest: textAt(platform, "digest") || null };
}

/**
 * An image's digest is the sha256 of its manifest's bytes. For the characters of manifests, Go quotes as JSON
 * does.
 */
function digestOfQuoted(quoted: string): string | null {
  const manifest = parse(quoted);
  return typeof manifest === "string" ? `sha256:${digestOf(manifest)}` : null;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The last line, without the word that begins podman's error messages. */
function lastLine(stderr: string): string {
  return (stderr.trim().split("\n").at(-1) ?? "").replace(/^Error: /, "");
}
