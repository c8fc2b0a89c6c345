import { formatSize, parseSize } from "../../lib/size.ts";
import { at } from "../../model/live.ts";
import { singleValueRow } from "../row-builders/parts-row.ts";

/** The size of the container's /dev/shm. */
export const shmSize = singleValueRow(
  "shm",
  "shm-size",
  (container) => {
    const bytes = at(container, "HostConfig", "ShmSize");
    return typeof bytes === "number" && bytes > 0 ? formatSize(bytes) : undefined;
  },
  (text) => {
    const bytes = parseSize(text);
    return bytes === undefined ? text : formatSize(bytes);
  },
);
