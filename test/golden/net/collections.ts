import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";

/** A repository's files by path. */
export type Tree = Readonly<Record<string, string>>;

export interface Collection {
  readonly name: string;
  readonly files: Tree;
  /** If not, only commands that change nothing see it: the fake host has no pods. */
  readonly isDeployed: boolean;
  /** Whether the text for people is held too, not only the documents. */
  readonly isRead: boolean;
  /** Which of the rounds of changes are made. */
  readonly rounds: readonly number[];
}

const ROOT = join(import.meta.dirname, "../../..");

/** The files below a folder of the checkout, with their paths in a repository. */
function read(folder: string, prefix = ""): Tree {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(ROOT, folder).length + 1));
  return Object.fromEntries(
    paths.toSorted().map((path) => [prefix + path, readFileSync(join(ROOT, folder, path), "utf8")]),
  );
}

function pick(files: Tree, isWanted: (text: string, path: string) => boolean): Tree {
  return Object.fromEntries(Object.entries(files).filter(([path, text]) => isWanted(text, path)));
}

const homelab: Tree = {
  ...read("desired-state", "desired-state/"),
  ...read("files", "files/"),
  "quadgate.yaml": readFileSync(join(ROOT, "quadgate.yaml"), "utf8"),
};

/** Whether a first comment of a Quadlet says that podman 5.4 as a user cannot have it. */
const needsMore = (text: string) => /^# (podman|root|selinux)\b/m.test(text);
const panics = (text: string) => text.includes("end in a panic");
const hasPod = (text: string, path: string) => /\.pod$/.test(path) || /^\s*Pod\s*=/m.test(text);

/** What the fake podman does not show as the real one does; `with-pods` has them too. */
const NOT_FAKED: ReadonlySet<string> = new Set(
  `built dual front health-array health-exec health image limits local local-user macvlan played played-maps
  played-plain played-remap secrets mounts volumes network-address network-aliases ports many-networks
  many@`.split(/\s+/),
);
const quadlets = read("test/lab/corpus", "desired-state/");

/** The repositories of the other golden tests, those in one whose paths differ. */
const repositories = readdirSync(join(ROOT, "test/golden")).filter((name) =>
  existsSync(join(ROOT, "test/golden", name, "repository")),
);
const ALONE = ["raw-quadlets", "route-as-labels", "several-components"];
const golden = (name: string) => read(`test/golden/${name}/repository`);

interface Example {
  readonly name: string;
  readonly manifest: object;
  readonly companions?: readonly Example[];
}

/** Every example of every shipped pattern, with its companions, as manifests. */
function examples(): Tree {
  const files = Object.entries(read("patterns")).flatMap(([path, text]) => {
    const list = (parse(text) as { examples?: readonly Example[] }).examples ?? [];
    const pattern = basename(path, ".yaml");
    return list.flatMap(({ name, manifest, companions = [] }) => [
      [name, { pattern, ...manifest }] as const,
      ...companions.map((one) => [one.name, one.manifest] as const),
    ]);
  });
  return Object.fromEntries(
    files.map(([name, manifest]) => [`desired-state/${name}.yaml`, stringify(manifest)]),
  );
}

const deployed = (name: string, files: Tree, rounds: readonly number[] = [0, 1]): Collection => ({
  name,
  files,
  isDeployed: true,
  isRead: name === "edges",
  rounds,
});
const shown = (name: string, files: Tree): Collection => ({
  name,
  files,
  isDeployed: false,
  isRead: false,
  rounds: [],
});

/** Every collection of manifests and Quadlets that the project has. */
export const COLLECTIONS: readonly Collection[] = [
  deployed("homelab", homelab),
  deployed("edges", read("test/golden/net/edges"), [0, 1, 2, 3]),
  shown("examples", examples()),
  deployed(
    "quadlets",
    pick(
      quadlets,
      (text, path) =>
        !needsMore(text) && !hasPod(text, path) && !NOT_FAKED.has(basename(path).replace(/\.\w+$/, "")),
    ),
  ),
  shown(
    "quadlets-with-pods",
    pick(quadlets, (text) => !needsMore(text)),
  ),
  shown(
    "quadlets-refused",
    pick(quadlets, (text) => !panics(text)),
  ),
  deployed(
    "manifests",
    Object.assign({}, ...repositories.filter((name) => !ALONE.includes(name)).map(golden)) as Tree,
    [0],
  ),
  deployed("raw-quadlets", golden("raw-quadlets"), [0, 2]),
  deployed(
    "route-as-labels",
    { ...golden("route-as-labels"), "quadgate.yaml": "traefik: { mode: labels }\n" },
    [1],
  ),
  deployed("several-components", golden("several-components"), [2]),
];
