import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGit } from "../../../src/host/git.ts";
import type { Git } from "../../../src/model/host.ts";
import type { TreeFiles } from "../../../src/model/tree.ts";
import type { VirtualClock } from "./clock.ts";

/** A real bare repository in a folder of its own, and quadgate's clone of it. */
export class TestRepository {
  readonly folder = mkdtempSync(join(tmpdir(), "quadgate-repo-"));
  readonly path = join(this.folder, "homelab.git");
  readonly clone = join(this.folder, "clone");
  #commits = 0;

  constructor() {
    execFileSync("git", ["init", "-q", "--bare", "-b", "main", this.path]);
  }

  /** Makes a commit on main that holds exactly these files, and links to these targets, and returns its id. */
  commit(
    files: Readonly<Record<string, string>>,
    message = `Revision ${this.#commits + 1}`,
    links: Readonly<Record<string, string>> = {},
  ): string {
    this.#commits += 1;
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const who = `Test <test@example.org> ${1_700_000_000 + this.#commits} +0000`;
    const parent = this.#commits > 1 ? "from refs/heads/main^0\n" : "";
    const entries = (mode: string, of: Readonly<Record<string, string>>) =>
      Object.entries(of).map(([path, content]) => `M ${mode} inline ${path}\n${data(content)}`);
    const blobs = [...entries("100644", files), ...entries("120000", links)];
    const head = `commit refs/heads/main\ncommitter ${who}\n${data(message)}${parent}deleteall\n`;
    const options = { cwd: this.path, input: head + blobs.join("") };
    execFileSync("git", ["fast-import", "--quiet", "--force"], options);
    return this.head();
  }

  head(): string {
    return readFileSync(join(this.path, "refs/heads/main"), "utf8").trim();
  }

  /** Lets main stand at a commit that was made before. */
  moveTo(commit: string): void {
    writeFileSync(join(this.path, "refs/heads/main"), `${commit}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const real = createGit();

/**
 * quadgate's own git code on a real repository. What git has answered once while main stood at a commit is not
 * asked again.
 */
export function createGitPort(repository: TestRepository, clonePath: string, clock: VirtualClock): Git {
  const folder = (path: string) => (path === clonePath ? repository.clone : path);
  const { fetched, resolved, trees } = memoryOf(repository);
  return standingStill(clock, {
    fetch: async (url, clone, branch) => {
      if (url === repository.path && fetched.has(repository.head())) return;
      await real.fetch(url, folder(clone), branch);
      fetched.add(repository.head());
    },
    resolve: (gitDir, revision) =>
      remember(resolved, `${repository.head()} ${folder(gitDir)} ${revision}`, () =>
        real.resolve(folder(gitDir), revision),
      ),
    readTree: (gitDir, commit, path, roots) =>
      remember(trees, JSON.stringify([commit, path, roots]), () =>
        real.readTree(folder(gitDir), commit, path, roots),
      ),
    branches: (path) => real.branches(folder(path)),
    hooksFolder: (path) => real.hooksFolder(folder(path)),
    log: (gitDir, commit, limit) => real.log(folder(gitDir), commit, limit),
    revertTo: async (options) => {
      await real.fetch(repository.path, repository.clone, options.branch);
      return real.revertTo({ ...options, clone: folder(options.clone) });
    },
    commitFiles: async (options) => {
      const head = await real.commitFiles({ ...options, clone: folder(options.clone) });
      resolved.clear();
      return head;
    },
    catchUp: (options) => real.catchUp({ ...options, clone: folder(options.clone) }),
  });
}

/** No time passes on the machine while git works. */
function standingStill(clock: VirtualClock, port: Git): Git {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => clock.during(async () => value.apply(target, args));
    },
  });
}

interface Memory {
  /** Commits at which main was fetched. */
  readonly fetched: Set<string>;
  readonly resolved: Map<string, Promise<string | undefined>>;
  readonly trees: Map<string, Promise<TreeFiles>>;
}

const memories = new WeakMap<TestRepository, Memory>();

function memoryOf(repository: TestRepository): Memory {
  const memory = memories.get(repository) ?? { fetched: new Set(), resolved: new Map(), trees: new Map() };
  memories.set(repository, memory);
  return memory;
}

function remember<T>(known: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const answer = known.get(key) ?? ask();
  known.set(key, answer);
  return answer;
}
