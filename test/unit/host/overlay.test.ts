import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProcesses } from "../../../src/host/processes.ts";
import { createQuadlet } from "../../../src/host/quadlet.ts";
import type { Processes } from "../../../src/model/host.ts";
import { GENERATOR_CRASHES } from "../../../src/model/live.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { findGenerator } from "../../support/generator.ts";

const generator = findGenerator();
/** Folders of which none is there. */
const FACTS = { rootless: true, runtimeDir: "/nowhere", uid: 4_000_000, unitDir: "/nowhere" };
const TEXT = "[Container]\nImage=docker.io/library/web:1\n";
const processes: Processes = {
  run: (_file, args, options) => createProcesses({}).run(generator ?? "", args, options),
};

function unit(name: string): Unit {
  return { instance: "web", name, kind: "container", content: TEXT, mode: "0644", digest: "" } as Unit;
}

describe.skipIf(generator === undefined)("the generator over a preview of the unit directory", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "quadgate-units-"));
    writeFileSync(join(folder, "old.container"), TEXT);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const over = async (written: readonly string[] = [], removed: readonly string[] = []) => {
    const { services, messages } = await createQuadlet(processes, FACTS).generateOver(folder, {
      written: written.map(unit),
      removed,
    });
    return { services: [...services.keys()].sort(), messages: messages.map(({ message }) => message) };
  };

  it("sees what is there, what is written and what is gone, and leaves the directory as it is", async () => {
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/deep.container"), TEXT);
    const before = readdirSync(folder);
    expect((await over(["new.container"])).services).toEqual(["deep.service", "new.service", "old.service"]);
    expect((await over([], ["old.container"])).services).toEqual(["deep.service"]);
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    ["text that is no unit", (path: string) => writeFileSync(path, "garbage\n")],
    ["a broken link", (path: string) => symlinkSync("/nowhere", path)],
    ["a folder", (path: string) => mkdirSync(path)],
    ["a byte order mark", (path: string) => writeFileSync(path, `\uFEFF${TEXT}`)],
  ])("fails over %s as systemd's run would, and names the file", async (_, make) => {
    make(join(folder, "zz.container"));
    const { services, messages } = await over(["new.container"]);
    expect(services).toEqual([]);
    expect(messages.join()).toContain(join(folder, "zz.container"));
    const mended = await over(["zz.container"]);
    if (_ !== "a folder") expect(mended.services).toEqual(["old.service", "zz.service"]);
  });

  it("reports a crash, and what systemd's run would have made before it", async () => {
    const crash = "#!/bin/sh\nprintf -- '---old.service---\\n'; echo panic >&2; exit 2\n";
    const script = join(folder, "quadlet");
    writeFileSync(script, crash, { mode: 0o755 });
    const run: Processes["run"] = (_file, args, options) => createProcesses({}).run(script, args, options);
    const { services, messages } = await createQuadlet({ run }, FACTS).generateOver(folder, {
      written: [],
      removed: [],
    });
    expect([[...services.keys()], messages]).toEqual([["old.service"], [{ message: GENERATOR_CRASHES }]]);
    await expect(createQuadlet({ run }, FACTS).generateFrom(folder)).rejects.toThrow(/crashed|panic/);
  });

  it("makes what is written to a directory that does not exist yet", async () => {
    rmSync(folder, { recursive: true });
    expect(await over(["new.container"])).toMatchObject({ services: ["new.service"] });
  });
});
