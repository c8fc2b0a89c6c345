import { at, listAt, objectAt, textAt } from "../../model/live.ts";
import { addressNumber, leaseRange } from "../../quadlet/argv/lease-range.ts";
import { allOf } from "../../quadlet/argv/podman-call.ts";
import type { FieldRow } from "../row.ts";
import { declaredKeys, keysText, pairsOf, pairsText } from "../row-builders/key-value-pairs.ts";
import { ANEW, objectLabels, property } from "../row-builders/object-rows.ts";

function subnetPart(name: string, flag: string, key: string): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) =>
      Object.fromEntries(allOf(call.flags, flag).map((value) => [value.toLowerCase(), "declared"])),
    container: (expected, network) => {
      const live = new Set(listAt(network, "subnets").map((subnet) => textAt(subnet, key).toLowerCase()));
      const extra = [...live].filter((value) => value !== "" && !(value in expected));
      const kept = Object.keys(expected).filter((value) => live.has(value));
      // If nothing is declared, podman chooses. Otherwise the live value is shown.
      const shown = kept.length < Object.keys(expected).length ? [...kept, ...extra] : kept;
      return Object.fromEntries(shown.map((value) => [value, "declared"]));
    },
    text: keysText,
    changedBy: () => ANEW,
  };
}

/** DNS servers are the only part of a network that podman can change later. */
const dns: FieldRow = {
  name: "dns",
  flags: ["dns"],
  declared: ({ call }) => Object.fromEntries(allOf(call.flags, "dns").map((server) => [server, "declared"])),
  container: (_, network) =>
    Object.fromEntries(listAt(network, "network_dns_servers").map((server) => [String(server), "declared"])),
  text: keysText,
  changedBy: () => "podman network update, or a network that was made before the definition",
};

/** Options that podman keeps as given. A macvlan's parent becomes the network's interface. */
const networkOptions: FieldRow = {
  name: "options",
  flags: ["opt"],
  declared: ({ call }) => pairsOf(call, "opt"),
  container: (expected, network) =>
    declaredKeys(expected, {
      ...objectAt(network, "options"),
      ...("parent" in expected ? { parent: textAt(network, "network_interface") } : {}),
    }),
  text: pairsText,
  changedBy: () => ANEW,
};

/** podman records the first and the last address that it leases. */
const ipRange: FieldRow = {
  name: "ip-range",
  flags: ["ip-range"],
  declared: ({ call }) =>
    Object.fromEntries(allOf(call.flags, "ip-range").map((range) => [range, "declared"])),
  container: (expected, network) => {
    const leases = listAt(network, "subnets").map((subnet) => ({
      first: addressNumber(textAt(subnet, "lease_range", "start_ip")),
      last: addressNumber(textAt(subnet, "lease_range", "end_ip")),
    }));
    const isThere = (range: string) => {
      const wanted = leaseRange(range);
      if (wanted === undefined) return true;
      return leases.some(({ first, last }) => first === wanted.first && last === wanted.last);
    };
    return Object.fromEntries(Object.entries(expected).filter(([range]) => isThere(range)));
  },
  text: keysText,
  changedBy: () => ANEW,
};

/** Rows of a network unit. */
export const NETWORK_ROWS: readonly FieldRow[] = [
  property("driver", "driver", (network) => textAt(network, "driver"), "bridge"),
  subnetPart("subnet", "subnet", "subnet"),
  subnetPart("gateway", "gateway", "gateway"),
  ipRange,
  property("internal", "internal", (network) => String(at(network, "internal") === true), "false"),
  property("ipv6", "ipv6", (network) => String(at(network, "ipv6_enabled") === true)),
  dns,
  property("dns-disabled", "disable-dns", (network) => String(at(network, "dns_enabled") !== true)),
  property("ipam", "ipam-driver", (network) => textAt(network, "ipam_options", "driver")),
  property("interface", "interface-name", (network) => textAt(network, "network_interface")),
  networkOptions,
  objectLabels,
];
