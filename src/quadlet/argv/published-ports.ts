/** One published port. */
export interface PublishedPort {
  /** Empty: every address of the host. */
  readonly address: string;
  /** Undefined: podman chooses it when the container is made. */
  readonly host: number | undefined;
  readonly container: number;
  /** `tcp`, `udp` or `sctp`. */
  readonly protocol: string;
}

/**
 * The ports of `--publish [[IP:]HOST:]CONTAINER[/PROTOCOL]`, each port of a range by itself. Podman chooses
 * the host's port if none is given, or if its range has another length than the container's.
 */
export function publishedPorts(value: string): readonly PublishedPort[] {
  const [mapping = "", protocol = "tcp"] = value.split("/");
  const match = /^(?:(\[.*\]|[^:[\]]*):)?(?:([^:]*):)?([^:]+)$/.exec(mapping);
  if (!match) return [];
  const [, first, second, container = ""] = match;
  const [address, host] = second === undefined ? ["", first ?? ""] : [first ?? "", second];
  const inside = rangeOf(container);
  const outside = rangeOf(host);
  return inside.map((port, index) => ({
    address: address.replace(/^\[|\]$/g, ""),
    host: outside.length === inside.length ? outside[index] : undefined,
    container: port,
    protocol: protocol.toLowerCase(),
  }));
}

function rangeOf(text: string): readonly number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return [];
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return to - from > 65_535 ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
