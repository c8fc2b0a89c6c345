import { LIMIT_SETTINGS } from "../../quadlet/limit-settings.ts";
import { type LimitRow, limitRow } from "../row-builders/limit-row.ts";
import { numberText, positive, unlessInfinite, zeroIsNone } from "../row-builders/limit-values.ts";

/** Limits by device. podman shows device numbers, not names, so only their presence is compared. */
const byDevice = (part: string, flag: string, key: string): LimitRow["container"][number] => ({
  part,
  flag,
  parse: () => "set",
  path: [key],
  format: (value) => (Array.isArray(value) && value.length > 0 ? "set" : undefined),
});

const IO: LimitRow = {
  name: "io",
  unit: [
    {
      part: "weight",
      setting: LIMIT_SETTINGS.io.weight,
      parse: unlessInfinite,
      live: (service) => numberText(service.ioWeight),
    },
    {
      part: "startupWeight",
      setting: LIMIT_SETTINGS.io.startupWeight,
      parse: unlessInfinite,
      live: (service) => numberText(service.startupIoWeight),
    },
  ],
  container: [
    { part: "container", flag: "blkio-weight", parse: zeroIsNone, path: ["BlkioWeight"], format: positive },
    byDevice("containerDevices", "blkio-weight-device", "BlkioWeightDevice"),
    byDevice("containerReadBps", "device-read-bps", "BlkioDeviceReadBps"),
    byDevice("containerWriteBps", "device-write-bps", "BlkioDeviceWriteBps"),
    byDevice("containerReadIops", "device-read-iops", "BlkioDeviceReadIOps"),
    byDevice("containerWriteIops", "device-write-iops", "BlkioDeviceWriteIOps"),
  ],
};

/** Weights and limits for reading and writing. */
export const io = limitRow(IO);
