import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../harness/paths.ts";

/** A raw Quadlet or drop-in that was written for these tests, with what it asks of a host. */
export interface CorpusFile {
  /** Below the corpus. */
  readonly name: string;
  readonly text: string;
  /** First podman release that takes it: `5.6`. */
  readonly podman: string | undefined;
  readonly controller: string | undefined;
  readonly selinux: boolean;
  /** Whether only root can have it. */
  readonly root: boolean;
}

/** What a host can do, as far as the corpus asks. */
export interface Abilities {
  /** `5.4.2` */
  readonly podman: string;
  readonly controllers: readonly string[];
  readonly root: boolean;
}

const FOLDER = join(checkout, "test/lab/corpus");

/** All files of test/lab/corpus, by name. Their first comments say what they need: `# podman 5.6`, `# root`. */
export function corpus(): readonly CorpusFile[] {
  return readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(FOLDER, name)).isFile())
    .sort()
    .map((name) => {
      const text = readFileSync(join(FOLDER, name), "utf8");
      const need = (word: string) => new RegExp(`^# ${word}\\b *(\\S*)`, "m").exec(text)?.[1];
      return {
        name,
        text,
        podman: need("podman"),
        controller: need("controller"),
        selinux: need("selinux") !== undefined,
        root: need("root") !== undefined,
      };
    });
}

/** Whether a host can run it. */
export function fits(file: CorpusFile, { podman, controllers, root }: Abilities): boolean {
  const number = (version: string) => version.split(".").slice(0, 2).map(Number);
  const [major = 0, minor = 0] = number(podman);
  const [wantedMajor = 0, wantedMinor = 0] = number(file.podman ?? "0.0");
  const isNew = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const canLimit = file.controller === undefined || controllers.includes(file.controller);
  return isNew && canLimit && !file.selinux && file.root === root;
}

/** The keys that the text of a unit uses, by section: `Container.Image`. */
export function keysOf(text: string): readonly string[] {
  let section = "";
  return text.split("\n").flatMap((raw) => {
    const line = raw.trim();
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    const key = /^([A-Za-z0-9-]+)\s*=/.exec(line)?.[1];
    return key === undefined || /^[#;]/.test(line) ? [] : [`${section}.${key}`];
  });
}
