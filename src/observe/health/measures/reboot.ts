import { compareVersions } from "../../../lib/version.ts";
import type { LookedAt } from "../host.ts";
import type { Look, Measure, MeasureResult } from "../measure.ts";

const MODULES = "/usr/lib/modules";
/** Files that ask for a reboot: of Debian's and Ubuntu's packages, and of rpm-ostree or bootc. */
const MARKS = [
  { path: "/run/reboot-required", why: "packages ask for it" },
  { path: "/run/ostree/staged-deployment", why: "a new system is staged" },
];

export const reboot: Measure = { name: "reboot", read };

async function read({ host }: Look): Promise<MeasureResult> {
  const marks = await Promise.all(
    MARKS.map(async ({ path, why }) => ((await host.files.stat(path)) === undefined ? [] : [why])),
  );
  const reasons = [...marks.flat(), ...(await kernelReasons(host))];
  const uptime = Number(((await host.files.read("/proc/uptime")) ?? "").split(" ")[0] || Number.NaN);
  return {
    values: [{ metric: "reboot_pending", value: reasons.length === 0 ? 0 : 1, subject: reasons.join("; ") }],
    facts: Number.isNaN(uptime) ? {} : { uptime_days: Math.floor(uptime / 86_400) },
  };
}

/** A newer installed kernel of the same flavour, or a running kernel that was removed. */
async function kernelReasons(host: LookedAt): Promise<readonly string[]> {
  const running = ((await host.files.read("/proc/sys/kernel/osrelease")) ?? "").trim();
  const folders = await host.files.list(MODULES);
  const complete = await Promise.all(
    folders.map(async (name) =>
      (await host.files.stat(`${MODULES}/${name}/modules.dep`)) === undefined ? [] : [name],
    ),
  );
  const installed = complete.flat();
  // A host that boots its kernel from another place has none installed.
  if (running === "" || installed.length === 0) return [];
  if (!installed.includes(running)) return [`the running kernel ${running} is no longer installed`];
  const newer = installed.find((name) => flavour(name) === flavour(running) && compare(name, running) > 0);
  return newer === undefined ? [] : [`the kernel ${newer} is installed, but ${running} is running`];
}

/** A release without its numbers, which is equal for `6.12.48+deb13-amd64` and its successor. */
function flavour(release: string): string {
  return release.replaceAll(/\d+/g, "").replaceAll(/\.+/g, ".");
}

/** Compares number by number. */
function compare(a: string, b: string): number {
  const numbers = (release: string) => (release.match(/\d+/g) ?? []).map(Number);
  return compareVersions(numbers(a), numbers(b), -1);
}
