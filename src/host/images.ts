import { arch } from "node:os";
import type { Processes } from "../model/host.ts";
import { at, type Json, listAt, textAt } from "../model/live.ts";

/** Node's names of processors to those of image indexes (Go's). */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** See Podman.localImage. */
export async function localImage(processes: Processes, reference: string): Promise<string | undefined> {
  const result = await processes.run("podman", ["image", "inspect", "--", reference]);
  if (result.exitCode !== 0) return undefined;
  const image = parse(result.stdout);
  return textAt(image, 0, "Digest") || `sha256:${textAt(image, 0, "Id")}`;
}

/** See Podman.remoteImage. `podman manifest inspect` reads an image that is no list of platforms as well. */
export async function remoteImage(
  processes: Processes,
  reference: string,
  timeoutMs: number,
): Promise<{ digest: string | null } | { problem: string }> {
  const result = await processes.run("podman", ["manifest", "inspect", "--", reference], { timeoutMs });
  if (result.timedOut) return { problem: `the registry did not answer within ${timeoutMs / 1_000} s` };
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

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Without the word that podman begins its messages with. */
function lastLine(stderr: string): string {
  return (stderr.trim().split("\n").at(-1) ?? "").replace(/^Error: /, "");
}
