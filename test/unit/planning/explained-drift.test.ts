import { describe, expect, test } from "vitest";
import { CommandError } from "../../../src/model/errors.ts";
import type { GeneratorOutput, UnitFile } from "../../../src/model/live.ts";
import { GENERATOR_CRASHES } from "../../../src/model/live.ts";
import { explainedDrift } from "../../../src/planning/explained-drift.ts";
import { driftInput, type RecordedDrift } from "../../support/recorded-drift.ts";
import { fieldsOf, recorded, withLive } from "../drift/host.ts";

const RICH = "rich.container";
const another = (text: string) => text.replaceAll("TZ=Europe/Oslo", "TZ=Mars/Olympus");

/** The recorded host, with files beside its units and, where asked for, another text of the service loaded. */
function hostWith(files: Readonly<Record<string, string>>, loaded = another): RecordedDrift {
  const input = recorded("5.4");
  const found = Object.entries(files).map(
    ([name, content]) => [name, { name, path: name, content, mode: 0o644, symlink: false }] as const,
  );
  const generated = new Map(input.live.generated);
  generated.set("rich.service", loaded(generated.get("rich.service") ?? ""));
  return withLive(input, { generated, files: new Map<string, UnitFile>([...input.live.files, ...found]) });
}

/** What is said of the loaded service where the generator answers in this way, and how often that was asked. */
async function explain(input: RecordedDrift, answer: () => GeneratorOutput) {
  let asked = 0;
  const report = await explainedDrift(driftInput(input), async () => {
    asked += 1;
    return answer();
  });
  const loaded = fieldsOf(report, RICH).find(({ field }) => field === "loaded");
  return { asked, cause: loaded?.cause };
}

function withAnother({ generated }: RecordedDrift): GeneratorOutput {
  const services = [...generated.services].map(
    ([name, row]) => [name, { ...row, text: another(row.text) }] as const,
  );
  return { ...generated, services: new Map(services) };
}

describe("podman's generator", () => {
  const input = hostWith({ "container.d/tz.conf": "[Container]\n", "gone.container": "", "/srv/file": "" });

  test("is asked once if another text is loaded", async () => {
    expect(await explain(input, () => withAnother(input))).toEqual({ asked: 1, cause: "override" });
  });

  test("is not asked if nothing differs, nor if the file itself does", async () => {
    const edited = hostWith({ [RICH]: "[Container]\nImage=x\n" });
    for (const one of [hostWith({}, (text) => text), edited]) {
      expect((await explain(one, () => withAnother(one))).asked).toBe(0);
    }
  });

  test("explains nothing if it crashes over another file", async () => {
    const crash = () => {
      throw new CommandError("quadlet", 2, "panic", "podman's Quadlet generator crashed");
    };
    expect(await explain(input, crash)).toEqual({ asked: 1, cause: "not-reloaded" });
    const told = {
      ...withAnother(input),
      messages: [{ message: `${GENERATOR_CRASHES} at x` }],
      crashed: true as const,
    };
    expect(await explain(input, () => told)).toEqual({ asked: 1, cause: "not-reloaded" });
  });
});
