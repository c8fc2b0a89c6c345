import { QuadgateError } from "../model/errors.ts";
import type { Host } from "../model/host.ts";
import { FETCHED_FROM, withoutPassword } from "../model/repository.ts";
import type { Settings } from "../model/settings-schema.ts";
import { TREE_ROOTS, type Tree } from "../model/tree.ts";

type SourceSettings = Pick<Settings, "repository" | "branch" | "path">;

/** quadgate's own bare clone inside the state directory. */
export function clonePath(stateDir: string): string {
  return `${stateDir}/repo`;
}

/** Fetches the repository into quadgate's own clone and reads the branch's head. Writes nothing else. */
export async function fetchHead(host: Host, settings: SourceSettings): Promise<Tree> {
  const repository = requireRepository(settings);
  const clone = clonePath(host.facts.stateDir);
  await host.git.fetch(repository, clone, settings.branch);
  return readHead(host, settings, clone);
}

/**
 * Reads a commit without fetching or writing: from quadgate's own clone or, before the first fetch, from the
 * repository itself if it is on this machine. Without a revision, it reads the branch's head as last fetched.
 */
export async function readWithoutFetching(
  host: Host,
  settings: SourceSettings,
  revision?: string | null,
): Promise<Tree> {
  const gitDir = await readableGitDir(host, settings);
  return revision ? readCommit(host, settings, gitDir, revision) : readHead(host, settings, gitDir);
}

/** A branch's head, and whether it is the last fetched one: there may be newer ones. */
export type KnownHead = Tree & { readonly asFetched: boolean };

/**
 * The branch's head without fetching or writing. For a repository in a folder of this machine, it is the
 * current head. Throws `source-unreachable` if it has nothing for quadgate.
 */
export async function readKnownHead(host: Host, settings: SourceSettings): Promise<KnownHead> {
  const { repository } = settings;
  const isHere = repository !== undefined && (await host.files.stat(repository))?.kind === "directory";
  const tree = isHere ? readHead(host, settings, repository) : readWithoutFetching(host, settings);
  return { ...refuseNothing(await tree, settings), asFetched: !isHere };
}

/**
 * Throws `source-unreachable` if the repository's folder named by `path` has nothing for quadgate: its name
 * is mistyped. In a whole repository, someone may have removed everything on purpose.
 */
export function requireFolder(tree: Tree, settings: SourceSettings): Tree {
  return ["", "."].includes(settings.path) ? tree : refuseNothing(tree, settings);
}

function refuseNothing(tree: Tree, { branch, path }: SourceSettings): Tree {
  if (!isEmpty(tree)) return tree;
  const where = ["", "."].includes(path)
    ? `branch "${branch}"`
    : `the folder "${path}" of branch "${branch}"`;
  throw new QuadgateError("source-unreachable", `${where} has no desired-state/ folder`, {
    hint: "correct --repository, --branch or --path, or the settings with these names",
  });
}

function isEmpty({ files, refused }: Tree): boolean {
  return files.size === 0 && !refused?.size;
}

/** Reads a checkout as it is, uncommitted changes included. Never a source of a deployment. */
export async function readWorkingTree(host: Host, folder: string): Promise<Tree> {
  const tree = await readCheckout(host, folder);
  if (isEmpty(tree)) {
    throw new QuadgateError("source-unreachable", `${folder} has no desired-state/ folder`, {
      hint: "run the command in a checkout of the repository, or name one: --working-tree FOLDER",
    });
  }
  return tree;
}

/** Reads a checkout that may be empty so far. */
export async function readCheckout(host: Host, folder: string): Promise<Tree> {
  return readable({ revision: null, ...(await host.files.tree(folder, TREE_ROOTS)) });
}

/** Without desired-state/ itself, every instance is unknown, so quadgate cannot go on. */
function readable(tree: Tree): Tree {
  const [root] = TREE_ROOTS;
  const refusal = tree.refused?.get(root);
  if (refusal === undefined) return tree;
  throw new QuadgateError("bad-input", `${root} is a ${refusal}, which quadgate does not follow`, {
    hint: `put the folder itself there: the files of ${root}/ must be files of this repository`,
  });
}

async function readHead(host: Host, settings: SourceSettings, gitDir: string): Promise<Tree> {
  const commit = await host.git.resolve(gitDir, `refs/heads/${settings.branch}`);
  if (commit === undefined) throw noBranch(settings.branch, await host.git.branches(gitDir));
  return readCommit(host, settings, gitDir, commit);
}

function noBranch(branch: string, others: readonly string[]): QuadgateError {
  const message = `the repository has no branch "${branch}"`;
  const [only] = others;
  if (only === undefined)
    return new QuadgateError("revision-unknown", `${message}, nor any other: it has no commit yet`, {
      hint: `commit, and push to it: git push origin HEAD:${branch}`,
    });
  const named = others.length === 1 ? `its only branch is "${only}"` : `it has ${listed(others)}`;
  return new QuadgateError("revision-unknown", `${message}; ${named}`, {
    hint: `name the branch with --branch or in the settings, or push: git push origin HEAD:${branch}`,
  });
}

const LISTED_AT_MOST = 12;

function listed(branches: readonly string[]): string {
  const more = branches.length - LISTED_AT_MOST;
  const shown = branches.slice(0, LISTED_AT_MOST).map((name) => `"${name}"`);
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

async function readCommit(
  host: Host,
  settings: SourceSettings,
  gitDir: string,
  commit: string,
): Promise<Tree> {
  const found = await host.git.readTree(gitDir, commit, settings.path, TREE_ROOTS);
  return readable({ revision: commit, ...found });
}

async function readableGitDir(host: Host, settings: SourceSettings): Promise<string> {
  const clone = clonePath(host.facts.stateDir);
  if ((await host.files.stat(`${clone}/HEAD`)) && (await isFrom(host, clone, settings.repository)))
    return clone;
  const repository = requireRepository(settings);
  if ((await host.files.stat(repository))?.kind === "directory") return repository;
  throw new QuadgateError(
    "source-unreachable",
    `quadgate has not fetched ${withoutPassword(repository)} yet`,
    {
      hint: "run `quadgate plan` once to fetch it",
    },
  );
}

/** Whether the clone may be of this repository: it does not name another one. */
async function isFrom(host: Host, clone: string, repository: string | undefined): Promise<boolean> {
  const from = (await host.files.read(`${clone}/${FETCHED_FROM}`))?.trim();
  return from === undefined || repository === undefined || from === withoutPassword(repository);
}

function requireRepository(settings: SourceSettings): string {
  if (settings.repository !== undefined) return settings.repository;
  throw new QuadgateError("bad-settings", "the settings name no repository", {
    hint: "write `repository: PATH-OR-URL` to the host's config.yaml, or pass --repository",
  });
}
