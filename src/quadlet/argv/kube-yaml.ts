import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments } from "yaml";
import { splitImageReference } from "../../lib/image-reference.ts";
import { at, type Json, listAt, textAt } from "../../model/live.ts";

/** A container that `podman kube play` makes of YAML. */
export interface PlayedContainer {
  readonly name: string;
  readonly image: string;
  /** podman's word for when it pulls the image; undefined: none that podman knows. */
  readonly policy: string | undefined;
  /** Entry point and arguments, if they are declared and do not refer to a variable. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  /** Variables with a value of their own. */
  readonly environment: ReadonlyMap<string, string>;
  /** Whether podman gives it the label of `AutoUpdate=`, which it does only for objects of the kind Pod. */
  readonly canAutoUpdate: boolean;
}

/** Kinds that have one copy of a pod, with what podman adds to their name to name the pod. */
const PODS: Readonly<Record<string, string>> = {
  Pod: "",
  Deployment: "-pod",
  DaemonSet: "-pod",
  Job: "-pod",
};

/** A pod that YAML asks for: the name that podman gives it, and its `spec`. */
interface PlayedPod {
  readonly name: string;
  readonly kind: string;
  readonly spec: Json | undefined;
}

/** Undefined if the text is not YAML. Kinds from which podman makes no containers are skipped. */
function podsIn(text: string): readonly PlayedPod[] | undefined {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  return documents.flatMap((document) => {
    const object: Json = document.toJS() ?? null;
    const kind = textAt(object, "kind");
    const suffix = Object.hasOwn(PODS, kind) ? PODS[kind] : undefined;
    if (suffix === undefined) return [];
    const spec = kind === "Pod" ? at(object, "spec") : at(object, "spec", "template", "spec");
    return [{ name: `${textAt(object, "metadata", "name")}${suffix}`, kind, spec }];
  });
}

/** The names that podman gives to the pods of a Kubernetes YAML file; empty if the text is not YAML. */
export function playedPods(text: string): readonly string[] {
  return podsIn(text)?.map(({ name }) => name) ?? [];
}

/**
 * The containers that a Kubernetes YAML file asks podman for, as podman names them. Undefined if the text is
 * not YAML. Kinds from which podman makes no containers are skipped.
 */
export function playedContainers(text: string): readonly PlayedContainer[] | undefined {
  return podsIn(text)?.flatMap(({ name, kind, spec }) =>
    listAt(spec, "containers").map((container) => ({
      ...played(name, container),
      canAutoUpdate: kind === "Pod",
    })),
  );
}

/** An image that `podman kube play` needs, with podman's word for when it pulls it. */
export interface PlayedImage {
  readonly image: string;
  readonly policy: string;
}

/**
 * A copy of a Kubernetes YAML file in which containers (as podman names them) run other images and podman
 * pulls none of these. Everything else stays byte for byte, because YAML may mean something else once it is
 * written anew.
 */
export function withImages(text: string, images: ReadonlyMap<string, string>): string {
  const edits = new Map<number, Edit>();
  for (const document of parseAllDocuments(text)) {
    for (const { name, container } of containerNodes(document)) {
      const image = images.get(name);
      if (image === undefined) continue;
      for (const edit of [
        editOf(document, container, "image", image),
        editOf(document, container, "imagePullPolicy", "Never"),
      ])
        if (edit !== undefined) edits.set(edit.start, edit);
    }
  }
  const last = [...edits.values()].toSorted((a, b) => b.start - a.start);
  return last.reduce((all, { start, end, value }) => all.slice(0, start) + value + all.slice(end), text);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

function containerNodes(document: Document): readonly { readonly name: string; readonly container: Node }[] {
  const object: Json = document.toJS() ?? null;
  const kind = textAt(object, "kind");
  const suffix = Object.hasOwn(PODS, kind) ? PODS[kind] : undefined;
  if (suffix === undefined) return [];
  const path = kind === "Pod" ? ["spec"] : ["spec", "template", "spec"];
  const pod = `${textAt(object, "metadata", "name")}${suffix}`;
  let node: unknown = document.contents;
  for (const key of [...path, "containers"]) node = childOf(document, node, key);
  const items = isSeq(node) ? node.items : [];
  return items.flatMap((item) => {
    const container = resolved(document, item);
    if (!isMap(container)) return [];
    const name = childOf(document, container, "name");
    return [{ name: `${pod}-${isScalar(name) ? String(name.value) : ""}`, container }];
  });
}

function childOf(document: Document, node: unknown, key: string): unknown {
  return isMap(node) ? resolved(document, node.get(key, true)) : undefined;
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function editOf(document: Document, container: Node, key: string, value: string): Edit | undefined {
  const old = childOf(document, container, key);
  const range = isScalar(old) ? old.range : undefined;
  return range ? { start: range[0], end: range[1], value: JSON.stringify(value) } : undefined;
}

/** The words of YAML for podman's policies, in small letters. */
const POLICIES: Readonly<Record<string, string>> = {
  always: "always",
  ifnotpresent: "missing",
  missing: "missing",
  ifnewer: "newer",
  newer: "newer",
  never: "never",
};

/** The images of all containers, also of those that only prepare a pod; empty if the text is not YAML. */
export function playedImages(text: string): readonly PlayedImage[] {
  const all = podsIn(text)?.flatMap(({ spec }) => [
    ...listAt(spec, "initContainers"),
    ...listAt(spec, "containers"),
  ]);
  return (all ?? []).flatMap((container) => {
    const image = textAt(container, "image");
    const policy = policyOf(container);
    return image === "" || policy === undefined ? [] : [{ image, policy }];
  });
}

/**
 * The relative paths that podman looks for in the folder that it runs in: those of `hostPath` volumes, and
 * the folders that it may build the images from.
 */
export function playedFolders(text: string): readonly string[] {
  const mounted = (podsIn(text) ?? []).flatMap(({ spec }) =>
    listAt(spec, "volumes").map((volume) => textAt(volume, "hostPath", "path")),
  );
  const built = playedImages(text).map(({ image }) => imageFolder(image));
  return [...mounted.filter((path) => path.startsWith(".")), ...built];
}

/** The folder with a Containerfile from which podman builds an image instead of pulling it. */
export function imageFolder(image: string): string {
  return image.replace(/[:@].*$/, "").replace(/^.*\//, "");
}

function policyOf(container: Json): string | undefined {
  const given = textAt(container, "imagePullPolicy").toLowerCase();
  return given === "" ? usualPolicy(textAt(container, "image")) : POLICIES[given];
}

/** podman looks for a newer image if a full name has no tag, or the tag `latest`. */
function usualPolicy(image: string): string {
  const { tag } = splitImageReference(image);
  const isLatest = tag === undefined || tag === "latest";
  return isLatest && /^(?:[^/]*[.:][^/]*|localhost)\//.test(image) ? "newer" : "missing";
}

function played(pod: string, container: Json): Omit<PlayedContainer, "canAutoUpdate"> {
  const variables = listAt(container, "env").filter((variable) => at(variable, "valueFrom") === undefined);
  return {
    name: `${pod}-${textAt(container, "name")}`,
    image: textAt(container, "image"),
    policy: policyOf(container),
    command: wordsOf(container, "command"),
    args: wordsOf(container, "args"),
    environment: new Map(
      variables
        .map((variable) => [textAt(variable, "name"), String(at(variable, "value") ?? "")] as const)
        .filter(([, value]) => !value.includes("$(")),
    ),
  };
}

function wordsOf(container: Json, key: string): readonly string[] | undefined {
  const words = listAt(container, key).map(String);
  return words.length === 0 || words.some((word) => word.includes("$(")) ? undefined : words;
}
