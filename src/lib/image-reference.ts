/** The parts of `docker.io/library/redis:7@sha256:...`. */
export interface ImageReference {
  /** Registry and path: `docker.io/library/redis`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** With its algorithm: `sha256:...`. */
  readonly digest: string | undefined;
}

/** Splits any text as a reference; only `isImageReference` says whether podman would accept it. */
export function splitImageReference(reference: string): ImageReference {
  const at = reference.indexOf("@");
  const [named, digest] = at < 0 ? [reference] : [reference.slice(0, at), reference.slice(at + 1)];
  const tag = /:([^:/]*)$/.exec(named)?.[1];
  const repository = tag === undefined ? named : named.slice(0, -(tag.length + 1));
  return { repository, tag, digest };
}

/** The last part of a repository's path: `redis`. */
export function imageName(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

/** Whether a reference names its image by digest: it means the same wherever and whenever it is pulled. */
export function isPinned(reference: string): boolean {
  return reference.includes("@sha256:");
}

const DOMAIN = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?`;
const COMPONENT = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`;
const TAG = `:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`;
const DIGEST = `@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}`;
const REFERENCE = new RegExp(`^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*(?:${TAG})?(?:${DIGEST})?$`);

/**
 * `[registry[:port]/]name[:tag][@digest]`: the grammar of container image references
 * (distribution/reference).
 */
export function isImageReference(text: string): boolean {
  return text.length <= 512 && REFERENCE.test(text);
}
