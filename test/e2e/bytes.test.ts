import { expect, test } from "vitest";
import { bytesOf, textOf } from "../../src/lib/bytes.ts";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, fieldsWith, workOf } from "../support/flow-homelab.ts";
import { container } from "../support/flow-left-alone.ts";

const PNG = textOf(
  Buffer.from([0x89, ...Buffer.from("PNG\r\n\x1a\n\0"), ...Array.from({ length: 256 }, (_, b) => b)]),
);
const LATIN1 = textOf(Buffer.from("title=caf\xe9\n", "latin1"));
const SCRIPT = "#!/bin/sh\n# \udce9\n";
const WORKER = "pattern: background-worker\nimage: localhost/busybox\ncommand: [sleep, infinity]\n";
const MANIFEST = `${WORKER}files:
  - { from: files/logo.png, to: ~/site/logo.png }
  - { from: files/site.conf, to: ~/site/site.conf }
  - { from: files/run.sh, to: ~/site/run.sh }
`;
const RAW = `# caf\udce9 by hand\n${container("raw")}EnvironmentFile=%h/raw.env\n`;
const SITE = "/home/homelab/site";

describeHomelab("bytes that are not UTF-8", { files: { "desired-state/worker.yaml": WORKER } }, (home) => {
  const { stringify } = JSON;
  /** The bytes of a file on the host, as text. */
  const bytesAt = async (path: string) =>
    textOf(Buffer.from(await home().sh(`base64 -w0 ${path}`), "base64"));
  const push = async (files: Readonly<Record<string, string>>) => {
    const { lab, repo } = home();
    for (const [path, text] of Object.entries(files)) {
      const mode = path.endsWith(".sh") ? "0755" : "0644";
      await lab.write(`${repo.workTree}/${path}`, bytesOf(text), { mode });
    }
    await repo.git("add", "-A");
    await repo.git("commit", "-q", "-m", `Change ${Object.keys(files).join(", ")}`);
    await repo.git("push", "-q", "origin", "main");
  };
  const driftFields = async () => {
    const { document, exitCode } = await home().ask<DriftReport>("drift");
    return [exitCode, ...fieldsWith(document)];
  };

  test("come to the host as they are in git, with git's executable bit, and are no drift", async () => {
    await home().lab.write("/home/homelab/raw.env", bytesOf("NAME=caf\udce9\n"));
    const files = { "files/logo.png": PNG, "files/site.conf": LATIN1, "files/run.sh": SCRIPT };
    await push({ ...files, "desired-state/worker.yaml": MANIFEST, "desired-state/raw.container": RAW });
    const { exitCode, stderr } = await home().ask("reconcile", "--yes");
    expect(exitCode, stderr).toBe(0);
    expect(stringify(await bytesAt(`${SITE}/logo.png`))).toBe(stringify(PNG));
    expect(await bytesAt(`${SITE}/site.conf`)).toBe(LATIN1);
    expect(await bytesAt(`${home().unitDir}/raw.container`)).toBe(RAW);
    expect(await bytesAt(`${SITE}/run.sh`)).toBe(SCRIPT);
    expect(await home().sh(`stat -c '%a' ${SITE}/run.sh ${SITE}/logo.png`)).toBe("755\n644");
    expect(await driftFields()).toEqual([0]);
  });

  test("are changed on the host if one of them changes in git", async () => {
    const png = PNG.replace("\udc89", "\udc88");
    const raw = RAW.replace("\udce9", "\udce8");
    await push({ "files/logo.png": png, "desired-state/raw.container": raw });
    const { document } = await home().ask("reconcile", "--yes");
    expect(workOf(document)).toEqual(
      expect.arrayContaining([`update ${SITE}/logo.png`, "update raw.container"]),
    );
    expect(stringify(await bytesAt(`${SITE}/logo.png`))).toBe(stringify(png));
    expect(await bytesAt(`${home().unitDir}/raw.container`)).toBe(raw);
    expect(await driftFields()).toEqual([0]);
  });

  test("are drift if one of them, or a mode, changes on the host, and are put back", async () => {
    await home().sh(`printf 'title=caf\\350\\n' >${SITE}/site.conf
      LC_ALL=C sed -i 's/caf./caf\\xea/' ${home().unitDir}/raw.container
      chmod 644 ${SITE}/run.sh`);
    expect(await driftFields()).toEqual([
      2,
      ...[`${SITE}/run.sh unit`, `${SITE}/site.conf unit`, "raw.container unit"],
    ]);
    expect((await home().ask("reconcile", "--yes")).exitCode).toBe(0);
    expect(await bytesAt(`${SITE}/site.conf`)).toBe(LATIN1);
    expect(await bytesAt(`${home().unitDir}/raw.container`)).toBe(RAW.replace("\udce9", "\udce8"));
    expect(await home().sh(`stat -c '%a' ${SITE}/run.sh`)).toBe("755");
    expect(await driftFields()).toEqual([0]);
  });

  test("come back with a rollback", async () => {
    const { exitCode, all } = await home().lab.quadgate(["rollback", "--yes"]);
    expect(exitCode, all).toBe(0);
    expect(stringify(await bytesAt(`${SITE}/logo.png`))).toBe(stringify(PNG));
    expect(await bytesAt(`${home().unitDir}/raw.container`)).toBe(RAW);
    expect(await driftFields()).toEqual([0]);
  });

  test("of a value in a unit are refused, because systemd would not load it", async () => {
    await home().repo.git("pull", "-q", "--ff-only", "origin", "main");
    const value = `${RAW}Environment=A=caf\udce9\n`;
    await push({ "desired-state/raw.container": value });
    const { all, exitCode } = await home().lab.quadgate(["validate"]);
    expect(exitCode).toBe(1);
    const place = `desired-state/raw.container:${value.split("\n").length - 1}:18`;
    expect(all).toContain(`${place}: the byte \\xE9 is not UTF-8`);
  });
});
