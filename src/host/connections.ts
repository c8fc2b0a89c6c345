import type { Connections, ProbeAnswer, ProbeRequest, Processes } from "../model/host.ts";
import { PROBE_WORD } from "./probe-word.ts";

/** The time to enter the namespace and to start, in addition to the request itself. */
const START_MS = 10_000;

/**
 * Connections from this machine's network or from a container's. The machine cannot reach the networks of
 * rootless podman, and an image need not contain any tool. So a second process of this program (`program`)
 * asks from within the network namespace of a container's process, which belongs to podman's user namespace.
 */
export function createConnections(
  processes: Processes,
  rootless: boolean,
  program: readonly string[],
): Connections {
  return {
    probe: async (request, pid) => {
      if (pid !== undefined) return inside(request, pid);
      const { probe } = await import("./probe.ts");
      return probe(request);
    },
  };

  async function inside(request: ProbeRequest, pid: number): Promise<ProbeAnswer> {
    const enter = ["nsenter", "--target", String(pid), "--net", "--", ...program];
    const [file = "", ...args] = rootless ? ["podman", "unshare", ...enter] : enter;
    const result = await processes.run(file, [...args, PROBE_WORD, JSON.stringify(request)], {
      timeoutMs: request.timeoutMs + START_MS,
    });
    const answer = result.exitCode === 0 ? parse(result.stdout) : undefined;
    if (answer !== undefined) return answer;
    const why = result.timedOut ? "it took too long" : (result.stderr.trim().split("\n").at(-1) ?? "");
    return { kind: "impossible", message: `cannot enter the container's network: ${why}` };
  }
}

function parse(text: string): ProbeAnswer | undefined {
  try {
    return JSON.parse(text) as ProbeAnswer;
  } catch {
    return undefined;
  }
}
