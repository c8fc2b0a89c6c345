import type { Measure } from "../measure.ts";

/** The load of the last five minutes (proc_loadavg(5)) divided by the number of processors (proc_stat(5)). */
export const load: Measure = {
  name: "load",
  read: async ({ host }) => {
    const [one = "", five = ""] = ((await host.files.read("/proc/loadavg")) ?? "").split(" ");
    const cores = ((await host.files.read("/proc/stat")) ?? "").match(/^cpu\d+ /gm)?.length ?? 0;
    if (five === "" || cores === 0) throw new Error("/proc/loadavg or /proc/stat cannot be read");
    const value = Math.round((Number(five) / cores) * 100) / 100;
    return { values: [{ metric: "load_per_core", value, subject: "" }], facts: { load_avg: one } };
  },
};
