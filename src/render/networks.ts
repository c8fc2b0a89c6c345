/** A network that a unit is on, as podman's generator needs its reference. */
export interface NetworkUse {
  /** The value of `Network=`: `reverse_proxy.network:ip=10.89.2.81`, `host`. */
  readonly reference: string;
  /** The network whose unit must exist; undefined for podman's own modes. */
  readonly network: string | undefined;
}

/** Modes and networks of podman itself: they have no unit. */
const BUILT_IN = ["host", "none", "bridge", "private", "pasta", "slirp4netns", "podman"];
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** The name that Quadlet gives to the podman network of `x.network` unless the unit names another. */
export function podmanNetwork(network: string): string {
  return `systemd-${network}`;
}

/**
 * Reads one entry of `networks`: `reverse_proxy`, `reverse_proxy.network`, `systemd-reverse_proxy` (podman's
 * name for it), each with options after a colon, or a mode such as `host`. Undefined if it is not a network's
 * name.
 */
export function parseNetwork(text: string): NetworkUse | undefined {
  const [head = "", ...options] = text.split(":");
  if (BUILT_IN.includes(head) || ["container", "ns"].includes(head) || head.endsWith(".container")) {
    return { reference: text, network: undefined };
  }
  const network = head.replace(/\.network$/, "").replace(/^systemd-/, "");
  if (!NAME.test(network)) return undefined;
  return { reference: [`${network}.network`, ...options].join(":"), network };
}

/** The networks whose units a Quadlet text refers to: `Network=x.network` in any section. */
export function referredNetworks(unitText: string): readonly string[] {
  const names = [...unitText.matchAll(/^\s*Network\s*=\s*([^:\s]+)\.network(?=[:\s]|$)/gm)];
  return names.map((match) => match[1] ?? "");
}
