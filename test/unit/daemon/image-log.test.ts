import { expect, test } from "vitest";
import { createImageLog } from "../../../src/daemon/listeners/image-log.ts";
import { recordingLog } from "./support.ts";

test("the daemon logs how far an image is once a minute, its end, and the same error once", () => {
  const { log, lines } = recordingLog();
  let now = 0;
  const emit = createImageLog(log, () => now);
  const image = { image: "docker.io/library/app:1", how: "pull" } as const;
  emit({ type: "image-started", ...image });
  for (const second of [1, 30, 59, 60, 61, 119, 120]) {
    now = second * 1_000;
    emit({ type: "image-progress", ...image, progress: { parts: 2, bytes: second * 1e6 } });
  }
  emit({ type: "image-finished", ...image, durationMs: 121_000 });
  for (const problem of ["manifest unknown", "manifest unknown", "unauthorized"])
    emit({ type: "image-finished", ...image, durationMs: 10, problem });
  emit({ type: "step-started", step: "apply" });
  expect(
    lines.map(({ level, message, fields }) => [level, message, fields.progress ?? fields.error]),
  ).toEqual([
    ["info", "pulling image", "2 layers, 60 MB"],
    ["info", "pulling image", "2 layers, 120 MB"],
    ["info", "image pulled", undefined],
    ["warn", "cannot pull image", "manifest unknown"],
    ["debug", "cannot pull image", "manifest unknown"],
    ["warn", "cannot pull image", "unauthorized"],
  ]);
});
