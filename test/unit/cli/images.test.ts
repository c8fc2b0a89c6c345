import { expect, test } from "vitest";
import { createImageLine } from "../../../src/cli/text/images.ts";
import { describeProgress } from "../../../src/model/image-need.ts";

test("a terminal shows all images that are under way, with what is known of each", () => {
  const line = createImageLine();
  const a = { image: "docker.io/library/a:1", how: "pull" } as const;
  const b = { image: "localhost/b", how: "build" } as const;
  expect(line({ type: "image-started", ...a })).toBe("pulling docker.io/library/a:1");
  line({ type: "image-started", ...b });
  expect(line({ type: "image-progress", ...b, progress: { parts: 2, of: 5 } })).toBe(
    "pulling docker.io/library/a:1, building localhost/b (step 2 of 5)",
  );
  line({ type: "image-finished", ...a, durationMs: 1 });
  expect(line({ type: "image-progress", ...b, progress: { parts: 3, of: 5 } })).toBe(
    "building localhost/b (step 3 of 5)",
  );
  expect(line({ type: "waiting", message: "for web" })).toBeUndefined();
});

test.each([
  [{ parts: 1 }, "1 layer"],
  [{ parts: 4, bytes: 1_250_000 }, "4 layers, 1.3 MB"],
  [{ parts: 4, bytes: 31_200_000 }, "4 layers, 31 MB"],
  [{ parts: 1, of: 3, bytes: 5 }, "step 1 of 3"],
])("progress %j reads %j", (progress, expected) => {
  expect(describeProgress(progress)).toBe(expected);
});
