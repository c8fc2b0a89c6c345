import { isSecretName } from "../../lib/mask-secrets.ts";
import { at, type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { canonicalImage } from "../../quadlet/argv/image-names.ts";
import { addressNumber, leaseRange } from "../../quadlet/argv/lease-range.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { lastValue, partsRow, setRow, textsAt } from "../row-builders/parts-row.ts";

const ANEW = "podman applies a definition only to a new network or volume";

function pairs(values: readonly string[]): Flat {
  return Object.fromEntries(
    values.map((value) => {
      const equals = value.indexOf("=");
      return equals < 0 ? [value, ""] : [value.slice(0, equals), value.slice(equals + 1)];
    }),
  );
}

/** The declared keys of an object, as they are now. */
function declaredKeys(expected: Flat, live: { readonly [key: string]: Json }): Flat {
  return flat(Object.fromEntries(Object.keys(expected).map((key) => [key, live[key]?.toString()])));
}

const pairsText = (value: Flat) =>
  Object.entries(value)
    .map(([key, text]) => (text === "" ? key : `${key}=${text}`))
    .join(", ") || "none";

const single = (value: Flat) => value[""] ?? "default";
const listed = (value: Flat) => Object.keys(value).join(", ") || "none";

/** A property that is one text, compared where it is declared or has a known default. */
function property(name: string, flag: string, read: (object: Json) => string, fallback?: string): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) => flat({ "": lastOf(call.flags, flag) ?? fallback }),
    container: (expected, object) =>
      expected[""] === undefined ? expected : flat({ "": read(object) || undefined }),
    text: single,
    label: () => "",
    changedBy: () => ANEW,
  };
}

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
      // Without a declaration podman chooses; with one, what stands in its place is shown.
      const shown = kept.length < Object.keys(expected).length ? [...kept, ...extra] : kept;
      return Object.fromEntries(shown.map((value) => [value, "declared"]));
    },
    text: listed,
    changedBy: () => ANEW,
  };
}

const objectLabels: FieldRow = {
  name: "labels",
  flags: ["label"],
  declared: ({ call }) => pairs(allOf(call.flags, "label")),
  container: (expected, object) =>
    declaredKeys(expected, { ...objectAt(object, "labels"), ...objectAt(object, "Labels") }),
  text: pairsText,
  secret: isSecretName,
  changedBy: () => ANEW,
};

/** DNS servers are the one thing of a network that podman can change later. */
const dns: FieldRow = {
  name: "dns",
  flags: ["dns"],
  declared: ({ call }) => Object.fromEntries(allOf(call.flags, "dns").map((server) => [server, "declared"])),
  container: (_, network) =>
    Object.fromEntries(listAt(network, "network_dns_servers").map((server) => [String(server), "declared"])),
  text: listed,
  changedBy: () => "podman network update, or a network that was made before the definition",
};

/** Options that podman keeps as they are given; a macvlan's parent becomes the network's interface. */
const networkOptions: FieldRow = {
  name: "options",
  flags: ["opt"],
  declared: ({ call }) => pairs(allOf(call.flags, "opt")),
  container: (expected, network) =>
    declaredKeys(expected, {
      ...objectAt(network, "options"),
      ...("parent" in expected ? { parent: textAt(network, "network_interface") } : {}),
    }),
  text: pairsText,
  changedBy: () => ANEW,
};

/** podman notes the first and the last address that it leases. */
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
  text: listed,
  changedBy: () => ANEW,
};

/** Rows of a network unit: what it declares against what podman has. */
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

/** Mount options are a set. podman adds UID, GID and SIZE of its own. */
const volumeOptions: FieldRow = {
  name: "options",
  flags: ["opt"],
  declared: ({ call }) => sorted(pairs(allOf(call.flags, "opt"))),
  container: (expected, volume) => sorted(declaredKeys(expected, objectAt(volume, "Options"))),
  text: pairsText,
  changedBy: () => ANEW,
};

function sorted(options: Flat): Flat {
  return options.o === undefined ? options : { ...options, o: options.o.split(",").sort().join(",") };
}

const OTHER_IMAGE = "the image was pulled or built from another definition";

/** The machine that an image is for. */
const platform = partsRow(
  "platform",
  [
    {
      part: "arch",
      flag: "arch",
      declared: lastValue(),
      live: (image) => textAt(image, "Architecture") || undefined,
    },
    { part: "os", flag: "os", declared: lastValue(), live: (image) => textAt(image, "Os") || undefined },
  ],
  { changedBy: () => OTHER_IMAGE },
);

/** `K=V` of a flag among the pairs that an image has of a kind. */
function imagePairs(
  name: string,
  flag: string,
  live: (image: Json) => { readonly [key: string]: Json },
): FieldRow {
  return {
    name,
    flags: [flag],
    declared: ({ call }) => pairs(allOf(call.flags, flag)),
    container: (expected, image) => declaredKeys(expected, live(image)),
    text: pairsText,
    secret: isSecretName,
    changedBy: () => OTHER_IMAGE,
  };
}

/** The names that a build gives its image. */
const tags: FieldRow = {
  ...setRow(
    "tags",
    "tag",
    (tag) => [canonicalImage(tag)],
    (image) => textsAt(image, "RepoTags"),
  ),
  changedBy: () => "the name was taken away, or given to another image",
};

/** Rows of an image unit. How an image is pulled leaves no trace on it. */
export const IMAGE_ROWS: readonly FieldRow[] = [platform];

/** Rows of a build unit: what the image shows of how it was built. */
export const BUILD_ROWS: readonly FieldRow[] = [
  tags,
  platform,
  imagePairs("labels", "label", (image) => objectAt(image, "Labels")),
  imagePairs("annotations", "annotation", (image) => objectAt(image, "Annotations")),
  imagePairs("environment", "env", (image) => pairs(listAt(image, "Config", "Env").map(String))),
];

/** Rows of a volume unit. */
export const VOLUME_ROWS: readonly FieldRow[] = [
  property("driver", "driver", (volume) => textAt(volume, "Driver"), "local"),
  volumeOptions,
  objectLabels,
];
