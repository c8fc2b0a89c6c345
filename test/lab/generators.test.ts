import { beforeAll, describe, expect, test } from "vitest";
import type { Unit } from "../../src/model/unit.ts";
import { EXAMPLES, renderExample } from "../support/examples.ts";
import { DRY_RUN, readGeneratorRun } from "../support/generator.ts";
import { CONTEXT } from "../unit/render/builder.ts";
import { describeLab } from "./harness/describe.ts";
import { writeScript } from "./harness/files.ts";
import type { Lab } from "./harness/lab.ts";
import { flavours } from "./harness/recipe.ts";

const GENERATOR = "/usr/libexec/podman/quadlet";
/** systemd reads what Quadlet passes on unread: [Unit], [Service], [Install], and whole units of its own kinds. */
const VERIFY = `shopt -s nullglob; sockets=(*.socket); [ -z "$sockets" ] || cp "\${sockets[@]}" services
  systemd-analyze --user verify --man=no services/*.{service,socket}`;
const isQuadlet = ({ kind }: Unit) => kind !== "file";

/** Puts units into a folder of the lab, whichever folder they are meant for. */
async function writeUnits(lab: Lab, folder: string, units: readonly Unit[]): Promise<void> {
  const files = units.map(({ name, content }) => [name.split("/").at(-1) ?? name, content] as const);
  await lab.mkdir(folder);
  await lab.exec(["bash", "-s"], { cwd: folder, input: writeScript(Object.fromEntries(files)) });
}

describe.each(flavours)("on podman and systemd of %s", (flavour) => {
  describeLab("every example of every pattern", { flavour }, (lab) => {
    let podmanVersion = "";
    beforeAll(async () => {
      podmanVersion = (await lab().exec(["podman", "version", "--format", "{{.Client.Version}}"])).stdout;
    });

    test.each(EXAMPLES)(
      "renders $title to what they accept without a warning",
      async ({ title, example }) => {
        const folder = `/tmp/${title.replaceAll(" ", "-")}`;
        const { units } = renderExample(example, { ...CONTEXT, podmanVersion });
        await writeUnits(lab(), folder, units);
        const env = { QUADLET_UNIT_DIRS: folder };
        const { stdout, stderr } = await lab().exec([GENERATOR, ...DRY_RUN], { env });
        const run = readGeneratorRun(stdout, stderr);
        expect([...run.errors, ...run.warnings]).toEqual([]);
        expect(run.services.size).toBe(units.filter(isQuadlet).length);

        const services = `${folder}/services`;
        await lab().exec([GENERATOR, "-no-kmsg-log", "-user", services], { env });
        const verified = await lab().sh(VERIFY, { cwd: folder, reject: false });
        expect(verified.all.split("\n").filter((line) => line.includes(services))).toEqual([]);
        expect(verified.exitCode).toBe(0);
      },
    );
  });
});
