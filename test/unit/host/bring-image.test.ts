import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bringImage } from "../../../src/host/bring-image.ts";
import { noteDownload } from "../../../src/host/download-leftovers.ts";
import { createProcesses } from "../../../src/host/processes.ts";
import type { RunOptions } from "../../../src/model/host.ts";
import type { ImageNeed, ImageProgress } from "../../../src/model/image-need.ts";

const need = (more: Partial<ImageNeed> = {}): ImageNeed => ({
  image: "registry.example:5000/app:1",
  how: "pull",
  words: ["image", "pull", "--authfile=/old.json", "--", "registry.example:5000/app:1"],
  variables: {},
  optional: false,
  unless: [],
  instances: ["app"],
  ...more,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bring-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("podman is asked for an image", () => {
  /** Asks a podman that answers this. */
  async function ask(one: ImageNeed, answer: { exitCode?: number; stderr?: string; timedOut?: boolean }) {
    let seen:
      | { readonly args: readonly string[]; readonly options: RunOptions; readonly login?: string }
      | undefined;
    const run = async (_: string, args: readonly string[], options: RunOptions = {}) => {
      const path = args.find((arg) => arg.startsWith("--authfile="))?.slice("--authfile=".length) ?? "";
      const login = existsSync(path) ? `${readFileSync(path, "utf8")} ${statSync(path).mode & 0o777}` : "";
      seen = { args, options, login };
      return { exitCode: 0, stdout: "", stderr: "", timedOut: false, ...answer };
    };
    const problem = await bringImage({ processes: { run }, runtimeDir: folder }, one, { timeoutMs: 2_000 });
    return { problem, args: seen?.args ?? [], options: seen?.options, login: seen?.login };
  }

  it("with the words, the folder and the variables of the need", async () => {
    const { problem, args, options } = await ask(need({ folder: "/srv", variables: { A: "1" } }), {});
    expect(problem).toBeUndefined();
    expect(args).toEqual(need().words);
    expect(options).toMatchObject({ cwd: "/srv", env: { A: "1" }, timeoutMs: 2_000 });
  });

  it("with files in a folder of their own in place of the named one, which is gone afterwards", async () => {
    let seen: readonly string[] = [];
    const run = async (_: string, args: readonly string[], { cwd = "" }: RunOptions = {}) => {
      const script = join(cwd, "run.sh");
      seen = [args.at(-1) ?? "", readFileSync(script, "utf8"), `${statSync(script).mode & 0o777}`, cwd];
      return { exitCode: 0, stdout: "", stderr: "", timedOut: false };
    };
    const staged = { folder: "/units", files: [{ path: "ctx/run.sh", content: "echo", mode: 0o755 }] };
    const build = need({ how: "build", words: ["build", "/units/ctx"], folder: "/units/ctx", staged });
    await bringImage({ processes: { run }, runtimeDir: folder }, build, { timeoutMs: 2_000 });
    const [context, content, mode, cwd = ""] = seen;
    expect([context, content, mode]).toEqual([cwd, "echo", `${0o755}`]);
    expect([cwd.startsWith("/units"), existsSync(cwd)]).toEqual([false, false]);
  });

  it("with a login in a file of its own, which is gone afterwards", async () => {
    const { args, login } = await ask(need({ login: "ada:lovelace" }), { exitCode: 125 });
    const auth = Buffer.from("ada:lovelace").toString("base64");
    expect(login).toBe(`${JSON.stringify({ auths: { "registry.example:5000": { auth } } })} ${0o600}`);
    expect(args.join(" ")).not.toMatch(/lovelace|old\.json/);
    expect(args.slice(-2)).toEqual(["--", "registry.example:5000/app:1"]);
    expect(existsSync(args.find((arg) => arg.includes("quadgate-login"))?.split("=")[1] ?? folder)).toBe(
      false,
    );
  });

  it.each([
    ["Trying to pull x\nError: manifest unknown\n", "manifest unknown"],
    [
      "Error: creating build container: token=hunter2 refused\nexit status 1\n",
      "creating build container: token=(hidden) refused",
    ],
    ["", "podman was killed"],
  ])("and says %j as %j", async (stderr, expected) => {
    expect((await ask(need(), { exitCode: 125, stderr })).problem).toBe(expected);
  });

  it("and says when the time is over", async () => {
    expect((await ask(need(), { exitCode: 137, timedOut: true })).problem).toBe("not done within 2 s");
  });
});

describe("a podman that downloads", () => {
  it("is followed by its lines and files, and killed with its files when it is no longer wanted", async () => {
    const files = join(folder, "container_images_storage1");
    const script = `#!/bin/bash
echo "Copying blob sha256:a" >&2
echo "Copying blob sha256:b" >&2
mkdir ${files}
exec 5>${files}/1
head -c 250000 /dev/zero >&5
sleep 60 5>&5
`;
    writeFileSync(join(folder, "podman"), script);
    chmodSync(join(folder, "podman"), 0o755);
    const stop = new AbortController();
    const progress: ImageProgress[] = [];
    const variables = { PATH: `${folder}:${process.env.PATH}` };
    const problem = await bringImage(
      { processes: createProcesses({}), runtimeDir: folder },
      need({ variables }),
      {
        timeoutMs: 60_000,
        signal: stop.signal,
        onProgress: (one) => {
          progress.push(one);
          if (one.bytes === 250_000) stop.abort();
        },
      },
    );
    expect(progress.at(-1)).toEqual({ parts: 2, bytes: 250_000 });
    expect(problem).toContain("was ended");
    expect(readdirSync(folder)).toEqual(["podman"]);
  });

  it("that was killed with quadgate leaves files and a login, which the next pull removes", async () => {
    const files = join(folder, "container_images_storage2");
    const login = join(folder, "quadgate-login-4194305-0a");
    const running = join(folder, `quadgate-login-${process.pid}-0b`);
    mkdirSync(files);
    for (const path of [login, running]) writeFileSync(path, "{}");
    await noteDownload(folder, 4194305, files);
    await noteDownload(folder, process.pid, "/");
    const run = async () => ({ exitCode: 0, stdout: "", stderr: "", timedOut: false });
    await bringImage({ processes: { run }, runtimeDir: folder }, need(), { timeoutMs: 1_000 });
    expect(readdirSync(folder)).toEqual([`quadgate-login-${process.pid}-0b`]);
  });

  it("is noted before it has downloaded much, because both may be killed", async () => {
    const files = join(folder, "container_images_storage3");
    const noted = join(folder, "noted");
    const script = `#!/bin/bash
mkdir ${files}
exec 5>${files}/1
sleep 0.6
cat ${folder}/quadgate-download-$$-* >${noted}
`;
    writeFileSync(join(folder, "podman"), script);
    chmodSync(join(folder, "podman"), 0o755);
    const variables = { PATH: `${folder}:${process.env.PATH}` };
    const bringer = { processes: createProcesses({}), runtimeDir: folder };
    await bringImage(bringer, need({ variables }), { timeoutMs: 60_000 });
    expect(readFileSync(noted, "utf8")).toBe(files);
  });

  it("is followed by its steps if it builds", async () => {
    const script = "#!/bin/bash\necho 'STEP 2/5: RUN make'\nsleep 2.5\n";
    writeFileSync(join(folder, "podman"), script);
    chmodSync(join(folder, "podman"), 0o755);
    const progress: ImageProgress[] = [];
    const variables = { PATH: `${folder}:${process.env.PATH}` };
    const asked = { timeoutMs: 60_000, onProgress: (one: ImageProgress) => void progress.push(one) };
    const one = need({ how: "build", words: ["build", "."], variables });
    await bringImage({ processes: createProcesses({}), runtimeDir: folder }, one, asked);
    expect(progress.at(-1)).toEqual({ parts: 2, of: 5 });
  });
});
