import { type Measure, percent } from "../measure.ts";

/** The memory that is not available, and the swap in use, as parts of the memory's size; proc_meminfo(5). */
export const memory: Measure = {
  name: "memory",
  core: true,
  read: async ({ host }) => {
    const text = (await host.files.read("/proc/meminfo")) ?? "";
    const kilobytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
    const [total, available] = [kilobytes("MemTotal"), kilobytes("MemAvailable")];
    if (!(total > 0 && available >= 0)) {
      throw new Error("/proc/meminfo does not say how much memory is available");
    }
    const used = { metric: "memory_percent", value: percent(total - available, total), subject: "" } as const;
    const swapped = kilobytes("SwapTotal") - kilobytes("SwapFree");
    if (Number.isNaN(swapped))
      return { values: [used], unseen: ["/proc/meminfo does not say how much memory is swapped"] };
    return {
      values: [used, { metric: "swap_percent_of_memory", value: percent(swapped, total), subject: "" }],
    };
  },
};
