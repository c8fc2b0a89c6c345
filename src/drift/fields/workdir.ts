import { textAt } from "../../model/live.ts";
import { cleanPath } from "../../quadlet/argv/mounts.ts";
import { singleValueRow } from "../row-builders/parts-row.ts";

/** The folder where the command starts. */
export const workdir = singleValueRow(
  "workdir",
  "workdir",
  (container) => {
    const path = textAt(container, "Config", "WorkingDir");
    return path === "" ? undefined : cleanPath(path);
  },
  cleanPath,
);
