import { inTime } from "../../lib/bounded-regexp.ts";
import { textAt } from "../../model/live.ts";
import {
  type CheckFinding,
  type CheckObservation,
  failed,
  lastLine,
  notChecked,
  type Of,
  passed,
} from "./looked.ts";

const TIMEOUT_MS = 15_000;
/**
 * podman's own exit status if it could not run the command at all, for example because the container is gone.
 */
const PODMAN_FAILED = 125;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** Runs the command in the container. It must succeed and print what is expected. */
export async function lookByCommand(
  { command, expect }: Of<"command">,
  seen: CheckFinding,
): Promise<CheckObservation> {
  const { host, container } = seen;
  const name = textAt(container, "Name");
  const result = await host.podman.exec(name, command, TIMEOUT_MS);
  const said = lastLine(result.stderr) || lastLine(result.stdout);
  if (result.timedOut) return failed(`the command took longer than ${TIMEOUT_MS / 1_000} s`, said);
  if (isMissing(result.exitCode, result.stderr)) return notChecked(`the image has no ${command[0]}`);
  if (result.exitCode === PODMAN_FAILED) return failed(`podman cannot run a command in ${name}`, said);
  if (result.exitCode !== 0) return failed(`the command in ${name} ${howItEnded(result.exitCode)}`, said);
  const found = expect === undefined || inTime(() => new RegExp(expect).test(result.stdout));
  if (found === undefined)
    return notChecked(`the output of the command cannot be matched against /${expect}/ in time`);
  if (!found) return failed(`the output of the command in ${name} does not match /${expect}/`, said);
  return passed(`the command succeeded in ${name}`);
}

function howItEnded(exitCode: number | undefined): string {
  return exitCode === undefined ? "was killed by a signal" : `ended with status ${exitCode}`;
}

/** A shell that does not find its command ends with the same status, but podman then prints nothing. */
function isMissing(exitCode: number | undefined, stderr: string): boolean {
  return (exitCode === NOT_FOUND || exitCode === CANNOT_RUN) && /OCI runtime/i.test(stderr);
}
