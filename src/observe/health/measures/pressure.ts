import type { HealthMetric } from "../../../model/health-checks.ts";
import type { Look, Measure, Measurement, MeasureResult } from "../measure.ts";

/**
 * Pressure stall information (Linux, Documentation/accounting/psi.rst): the share of the last minute in which
 * work waited. For memory and disks, all work waited (`full`). For the processor, `some` work waited, because
 * not all work can wait for it at once.
 */
const RESOURCES = [
  { file: "cpu", line: "some", metric: "pressure_cpu_percent", subject: "a processor" },
  { file: "memory", line: "full", metric: "pressure_memory_percent", subject: "memory" },
  { file: "io", line: "full", metric: "pressure_io_percent", subject: "disks" },
] as const satisfies readonly { file: string; line: string; metric: HealthMetric; subject: string }[];

export const pressure: Measure = { name: "pressure", read };

async function read({ host }: Look): Promise<MeasureResult> {
  const looked = await Promise.all(
    RESOURCES.map(async ({ file, line, metric, subject }): Promise<Measurement | string> => {
      // Without psi=1, some kernels have the files but do not let anyone read them.
      const text = await host.files.read(`/proc/pressure/${file}`).catch(() => undefined);
      const share = new RegExp(`^${line} .*\\bavg60=([\\d.]+)`, "m").exec(text ?? "")?.[1];
      return share === undefined ? file : { metric, subject, value: Math.round(Number(share)) };
    }),
  );
  const missing = looked.filter((each) => typeof each === "string");
  return {
    values: looked.filter((each) => typeof each !== "string"),
    unseen: missing.length === 0 ? [] : [`no /proc/pressure/{${missing.join(",")}}; boot with psi=1`],
  };
}
