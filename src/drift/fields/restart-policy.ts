import { at, textAt } from "../../model/live.ts";
import type { FieldRow } from "../row.ts";
import { partsRow } from "../row-builders/parts-row.ts";

/** systemd restarts containers, not podman: only `podman update --restart` makes it another policy. */
export const restartPolicy: FieldRow = partsRow(
  "restart",
  [
    {
      part: "",
      flag: "restart",
      declared: (values) => values.at(-1) || "no",
      live: (container) => {
        const name = textAt(container, "HostConfig", "RestartPolicy", "Name");
        const times = Number(at(container, "HostConfig", "RestartPolicy", "MaximumRetryCount") ?? 0);
        return name === "" ? undefined : times > 0 ? `${name}:${times}` : name;
      },
    },
  ],
  { label: () => "", quiet: true, changedBy: () => "podman update" },
);
