import { basename } from "node:path";
import { isMap, parse, parseDocument } from "yaml";
import type { Tree } from "./collections.ts";

/** What a commit does to the files of a repository. */
export interface Edits {
  /** With changes that fail, and no others. */
  readonly failing: Tree;
  /** With those, and with all others. */
  readonly all: Tree;
  /** The services that fail from then on. */
  readonly services: readonly string[];
  /** The instances that a person suspends before. */
  readonly suspended: readonly string[];
}

const isManifest = (path: string) => path.endsWith(".yaml");

/** The instances of a file: one, or those of a stack. */
function instancesOf(path: string, text: string): readonly string[] {
  const stem = basename(path).replace(/\.\w+$/, "");
  const manifest: unknown = isManifest(path) ? parse(text) : null;
  if (typeof manifest !== "object" || manifest === null || !("services" in manifest)) return [stem];
  return Object.keys(manifest.services ?? {}).map((name) => `${stem}-${name}`);
}

function changed(path: string, text: string, value: string): string {
  if (!isManifest(path)) return `${text}\n[Container]\nEnvironment=NET=${value}\n`;
  const document = parseDocument(text);
  const isStack = document.has("services");
  document.setIn([...(isStack ? ["shared"] : []), "environment", "NET"], value);
  return String(document);
}

/** Images that fail, each in its way. */
export const images = { unhealthy: "docker.io/library/unhealthy:1", exits: "docker.io/library/exits:1" };

function failingBy(path: string, text: string, image: string): string {
  if (!isManifest(path)) return `${text}\n[Container]\nImage=${image}\n`;
  const document = parseDocument(text);
  const services = document.get("services");
  const last = isMap(services) ? String(services.items.at(-1)?.key) : undefined;
  document.setIn([...(last === undefined ? [] : ["services", last]), "image"], image);
  return String(document);
}

function broken(path: string, text: string): string {
  return isManifest(path) ? `${text}memry: 1G\n` : `${text}\n[Container]\nImge=one\n`;
}

/** Deletes, changes, breaks, suspends and lets fail what a repository holds, each file in another way. */
export function editsOf(files: Tree, round: number): Edits {
  const paths = Object.keys(files)
    .filter((path) => /^desired-state\/.*\.(yaml|container)$/.test(path) && !path.endsWith("/networks.yaml"))
    .sort();
  const of = (kind: number) => paths.filter((_, index) => (index + round) % 6 === kind);
  const [deleted, altered, paused, bad, failing] = [0, 1, 2, 3, 4].map(of);
  const textOf = (path: string) => files[path] ?? "";
  const rewritten = (list: readonly string[] = [], rewrite: (path: string) => string) =>
    Object.fromEntries(list.map((path) => [path, rewrite(path)]));
  const withFailing = rewritten(failing, (path) => {
    const isOdd = (failing ?? []).indexOf(path) % 2 === 1;
    return failingBy(path, textOf(path), isOdd ? images.exits : images.unhealthy);
  });
  const all = {
    ...files,
    ...withFailing,
    ...rewritten(altered, (path) => changed(path, textOf(path), "changed")),
    ...rewritten(paused, (path) => changed(path, textOf(path), "suspended")),
    ...rewritten(bad, (path) => broken(path, textOf(path))),
  };
  const named = (list: readonly string[] = []) => list.flatMap((path) => instancesOf(path, textOf(path)));
  return {
    failing: { ...files, ...withFailing },
    all: Object.fromEntries(Object.entries(all).filter(([path]) => !deleted?.includes(path))),
    services: named(failing).map((name) => `${name}.service`),
    suspended: named(paused),
  };
}
