const KEPT = "localhost/quadgate/kept:";

/** The name that quadgate gives an image, by its id, so that `podman image prune` leaves it. */
export function keptImageName(id: string): string {
  return `${KEPT}${id}`;
}

/** Whether an image's name is one of `keptImageName`. People's names never are. */
export function isKeptImageName(name: string): boolean {
  return name.startsWith(KEPT) && /^[0-9a-f]{64}$/.test(name.slice(KEPT.length));
}
