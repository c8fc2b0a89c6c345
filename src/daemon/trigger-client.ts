import { connect } from "node:net";
import { join } from "node:path";
import * as z from "zod";
import { QuadgateError } from "../model/errors.ts";
import type { HostFacts } from "../model/host.ts";

/** The request of a client: one line of JSON. It carries no data but the name that logs and history show. */
export const triggerRequestSchema = z.strictObject({
  trigger: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, "a trigger name is 1 to 32 of a-z, 0-9 and -"),
});

/** The answer of the daemon, also one line of JSON. */
const triggerAnswerSchema = z.object({ accepted: z.boolean(), message: z.string().optional() });

export type TriggerAnswer = z.output<typeof triggerAnswerSchema>;

const ANSWER_TIMEOUT_MS = 5_000;

/** The daemon's socket for `quadgate trigger`: below the user's runtime folder, or below /run for root. */
export function triggerSocketPath(facts: Pick<HostFacts, "runtimeDir">): string {
  return join(facts.runtimeDir, "quadgate", "notify.sock");
}

/**
 * Makes the daemon look again. Returns `not-running` if no daemon listens there, or one is just ending.
 * Throws `command-failed` if the daemon refuses or does not answer, or if this user may not use the socket.
 */
export async function triggerDaemon(path: string, trigger: string): Promise<"accepted" | "not-running"> {
  const answer = await exchange(path, `${JSON.stringify({ trigger })}\n`);
  if (answer === undefined) return "not-running";
  const { accepted, message } = parseAnswer(answer);
  if (accepted) return "accepted";
  throw new QuadgateError("command-failed", `${path}: the daemon refused: ${message ?? "no reason given"}`);
}

/** The answer's text; undefined if no daemon listens, or the connection ended without an answer. */
function exchange(path: string, request: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(path, () => socket.write(request));
    socket.setEncoding("utf8");
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      socket.destroy();
      reject(unusable(path, `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`));
    });
    socket.on("data", (text) => {
      answer += text;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (isAbsent(error.code)) resolve(undefined);
      else reject(unusable(path, error.message, error));
    });
    socket.on("close", () => resolve(answer === "" ? undefined : answer));
  });
}

/** Whether a connection error means that there is no daemon, or one that is just ending. */
function isAbsent(code: string | undefined): boolean {
  return code === "ENOENT" || code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE";
}

function parseAnswer(text: string): TriggerAnswer {
  try {
    return triggerAnswerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new QuadgateError("command-failed", "quadgate cannot understand the daemon's answer", {
      cause,
      hint: "The daemon may be of another version. Restart it: systemctl --user restart quadgate.service",
    });
  }
}

function unusable(path: string, why: string, cause?: unknown): QuadgateError {
  return new QuadgateError("command-failed", `cannot ask the daemon at ${path}: ${why}`, {
    cause,
    hint: "Run this as the user that runs the daemon.",
  });
}
