import type { World } from "../../support/fake-host/index.ts";
import type { Tree } from "./collections.ts";

/** Something that a commit or the host brings, and the command that then has something to say. */
export interface Moment {
  readonly name: string;
  /** What is synced before, and fails. */
  readonly failing?: (files: Tree) => Tree;
  readonly files?: (files: Tree) => Tree;
  readonly host?: (world: World) => void;
  readonly words: readonly string[];
}

const SYNC = ["reconcile", "--quiet"];

const without = (files: Tree, expression: RegExp): Tree =>
  Object.fromEntries(Object.entries(files).filter(([path]) => !expression.test(path)));

const NEW_IMAGE = "\n[Container]\nImage=docker.io/library/db:2\n";
const withNewImage = (files: Tree): Tree => ({
  ...files,
  "desired-state/db.container": (files["desired-state/db.container"] ?? "") + NEW_IMAGE,
  "desired-state/app.yaml": (files["desired-state/app.yaml"] ?? "").replace("10.10.7", "10.11.0"),
});

/** A change of an instance and, if asked for, of the one that it waits for; that one's image fails. */
const withDependant = (files: Tree, image?: string): Tree => ({
  ...files,
  "desired-state/healed.yaml": (files["desired-state/healed.yaml"] ?? "").replace("web:1", "web:2"),
  ...(image !== undefined && {
    "desired-state/app.yaml": (files["desired-state/app.yaml"] ?? "").replace(/docker.io\S+/, image),
  }),
});

const freeze = (cron: string) => `gate: { windows: { freeze: [{ cron: "${cron}", for: 24h }] } }\n`;

/** Moments of the collection `edges`, after a sync of it. */
export const MOMENTS: readonly Moment[] = [
  { name: "images-plan", files: withNewImage, words: ["plan"] },
  { name: "images", files: withNewImage, words: SYNC },
  { name: "images-confirmed", files: withNewImage, words: [...SYNC, "--yes"] },
  {
    name: "hook-fails",
    files: withNewImage,
    host: (world) => void world.failingCommands.add("save"),
    words: [...SYNC, "--yes"],
  },
  {
    name: "blocked",
    files: withNewImage,
    host: (world) => void Object.assign(world, { healthScore: 50 }),
    words: SYNC,
  },
  {
    name: "frozen",
    files: (files) => ({ ...withNewImage(files), "quadgate.yaml": freeze("0 0 * * *") }),
    words: SYNC,
  },
  {
    name: "looser-gate",
    files: (files) => ({
      ...files,
      "desired-state/healed.yaml": `${files["desired-state/healed.yaml"]}gate: { block: 10, confirm: 20 }\n`,
    }),
    words: ["plan"],
  },
  {
    name: "skipped-before",
    failing: (files) => withDependant(files, "docker.io/library/exits:1"),
    host: ({ contents }) => void contents.behaviours.set("docker.io/library/exits:1", { kind: "exits" }),
    files: (files) => withDependant(files),
    words: ["plan"],
  },
  {
    name: "unreadable-stack",
    files: (files) => ({ ...files, "desired-state/pair.yaml": "services: {\n" }),
    words: ["plan"],
  },
  { name: "empty", files: () => ({ "desired-state/README.md": "Nothing.\n" }), words: SYNC },
  { name: "pruned", files: (files) => without(files, /(db|own|pair|healed|app)\.\w+$/), words: SYNC },
  { name: "needed-gone", files: (files) => without(files, /\/db\.container$/), words: [...SYNC, "--yes"] },
  {
    name: "network-changed",
    files: (files) => ({ ...files, "desired-state/networks.yaml": "shared: { subnet: 10.89.3.0/24 }\n" }),
    words: [...SYNC, "--yes"],
  },
  {
    name: "network-found",
    files: (files) => ({
      ...files,
      "desired-state/networks.yaml": "shared: { subnet: 10.89.2.0/24 }\nfound: { subnet: 10.89.8.0/24 }\n",
    }),
    host: ({ contents }) => {
      const subnets = [{ subnet: "10.89.8.0/24", gateway: "10.89.8.1" }];
      contents.networks.set("found", { name: "found", id: "f".repeat(64), driver: "bridge", subnets });
    },
    words: [...SYNC, "--yes"],
  },
];
