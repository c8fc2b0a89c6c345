import type { Look, Measure, MeasureResult } from "../measure.ts";
import { NOTHING } from "../measure.ts";

/** If /etc/selinux/config or the settings say enforcing, the kernel must enforce; selinux(8). */
export const selinux: Measure = { name: "selinux", read };

async function read({ host, settings }: Look): Promise<MeasureResult> {
  if (settings.selinux === "off") return NOTHING;
  const [configured, enforce] = await Promise.all(
    ["/etc/selinux/config", "/sys/fs/selinux/enforce"].map((path) => host.files.read(path)),
  );
  const expected =
    settings.selinux === "enforcing" || /^\s*SELINUX\s*=\s*enforcing\s*$/m.test(configured ?? "");
  const state = enforce === undefined ? "Disabled" : enforce.trim() === "1" ? "Enforcing" : "Permissive";
  const facts = configured === undefined && enforce === undefined ? {} : { selinux: state };
  if (!expected) return { values: [], facts };
  const value = state === "Enforcing" ? 0 : 1;
  return { values: [{ metric: "selinux_not_enforcing", value, subject: state.toLowerCase() }], facts };
}
