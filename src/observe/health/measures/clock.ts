import type { Look, Measure, MeasureResult } from "../measure.ts";

const TIMEOUT_MS = 10_000;

/** timedatectl(1) says whether the kernel's clock is in sync, whichever program synchronises it. */
export const clock: Measure = { name: "clock", read };

async function read({ host }: Look): Promise<MeasureResult> {
  const args = ["show", "--property=NTP", "--property=NTPSynchronized"];
  const result = await host.processes.run("timedatectl", args, { timeoutMs: TIMEOUT_MS });
  const isSet = (name: string) => new RegExp(`^${name}=(yes|no)$`, "m").exec(result.stdout)?.[1];
  const synchronised = isSet("NTPSynchronized");
  if (result.exitCode !== 0 || synchronised === undefined) {
    throw new Error(`timedatectl does not answer${result.stderr === "" ? "" : `: ${result.stderr.trim()}`}`);
  }
  if (synchronised === "no" && isSet("NTP") !== "yes") {
    throw new Error("no time service is switched on (timedatectl set-ntp true)");
  }
  return { values: [{ metric: "clock_unsynchronised", value: synchronised === "yes" ? 0 : 1, subject: "" }] };
}
