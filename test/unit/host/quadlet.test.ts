import { mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createQuadlet } from "../../../src/host/quadlet.ts";
import type { Processes } from "../../../src/model/host.ts";

/** Prints as the generator does, which follows the links on the way to its folders. */
const generator: Processes = {
  run: async (_file, _args, options) => {
    const folder = await realpath(options?.env?.QUADLET_UNIT_DIRS?.split(":").at(0) ?? "");
    const stdout = `---web.service---\n[Unit]\nSourcePath=${folder}/web.container\n`;
    return { exitCode: 0, stdout, stderr: "", timedOut: false };
  },
};

it("the generator port knows a unit by its name below a folder that a symbolic link leads to", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "quadlet-")));
  const link = `${folder}-link`;
  await symlink(folder, link);
  try {
    const quadlet = createQuadlet(generator, {
      rootless: true,
      uid: 1000,
      runtimeDir: "/run/user/1000",
      unitDir: "/nowhere",
    });
    const made = await quadlet.generateFrom(link);
    expect(made.folder).toBe(folder);
    expect(made.services.get("web.service")?.unit).toBe("web.container");
  } finally {
    await rm(link);
    await rm(folder, { recursive: true });
  }
});
