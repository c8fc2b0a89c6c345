import { KEY_ROWS, type KeyRow } from "../../../src/drift/keys.ts";
import {
  BUILD_CASES,
  CONTAINER_CASES,
  IMAGE_CASES,
  type KeyCase,
  KUBE_CASES,
  LIMIT_CASES,
  NETWORK_CASES,
  POD_CASES,
  VOLUME_CASES,
} from "./cases.ts";

/** Keys whose containers this machine cannot start; test/unit/plan/drift/ changes what podman shows of them instead. */
const CANNOT_START: Readonly<Record<string, string>> = {
  "Container.Memory": "a lab may have no memory controller",
  "Container.PidsLimit": "a lab may have no pids controller",
  "Container.SecurityLabelNested": "a lab has no SELinux",
};
/** Keys that need root, or that only rootful podman shows. */
export const ROOTFUL = [
  "Container.AddDevice",
  "Container.SubUIDMap",
  "Container.SubGIDMap",
  "Pod.SubUIDMap",
  "Pod.SubGIDMap",
];
/** Settings that are compared by their text: nothing has to run for that. */
const TEXT_CASES = KEY_ROWS.filter(({ section, field }) => section === "Service" && field === "loaded").map(
  ({ section, key }): KeyCase => ({ section, key, wanted: `${key}=1`, other: `${key}=2`, also: "" }),
);
/** Every key of the table, with two values of it. */
export const ALL: readonly KeyCase[] = [
  ...CONTAINER_CASES,
  ...POD_CASES,
  ...NETWORK_CASES,
  ...VOLUME_CASES,
  ...KUBE_CASES,
  ...IMAGE_CASES,
  ...BUILD_CASES,
  ...LIMIT_CASES,
  ...TEXT_CASES,
];

/** The name of a case: `Container.Image`. */
export const nameOf = ({ section, key }: Pick<KeyCase, "section" | "key">) => `${section}.${key}`;
const ROWS = new Map(KEY_ROWS.map((row) => [nameOf(row), row]));

/** What drift knows of a key; throws if the table does not have it. */
export function rowOf(one: KeyCase): KeyRow {
  const row = ROWS.get(nameOf(one));
  if (row === undefined) throw new Error(`there is no row of ${nameOf(one)}`);
  return row;
}

/** The unit that has this key alone. */
export const unitOf = ({ section, key }: KeyCase) =>
  `k-${section}-${key}.${section === "Service" ? "container" : section.toLowerCase()}`;

/** The lines that a unit of a section cannot do without. */
function baseOf({ section, key }: KeyCase): string {
  if (section === "Container") return /^(Image|Rootfs)$/.test(key) ? "" : "Image=localhost/busybox\n";
  return "";
}

/** What the unit says in the end, or what its object was made from before. */
export type Side = "wanted" | "other";

function textOf(one: KeyCase, side: Side): string {
  const body = `${one.also}\n${one[side]}\n`;
  if (one.section === "Service")
    return `[Container]\nImage=localhost/busybox\n[Service]\nRestart=no\n${body}`;
  const yaml = body.replaceAll("YAML", `${unitOf(one)}.yml`).replaceAll("OTHER", `${unitOf(one)}-other.yml`);
  const service = one.section === "Container" ? "[Service]\nRestart=no\n" : "";
  return `[${one.section}]\n${baseOf(one)}${yaml}${service}`;
}

/** The YAML of a pod with one container that waits. */
export const podYaml = (name: string) =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name.toLowerCase()}}, spec: {containers: [{name: c, image: localhost/busybox, command: [hold]}]}}\n`;

const COMMON = {
  "x-a.network": "[Network]\n",
  "x-b.network": "[Network]\n",
  "x-c.network": "[Network]\nSubnet=10.61.0.0/24\nSubnet=fd61::/64\nIPv6=true\n",
  "x-a.pod": "[Pod]\n",
  "x-b.pod": "[Pod]\n",
};

/** The units of all cases with one of their two values, and what these units name. */
export function filesOf(cases: readonly KeyCase[], side: Side): Map<string, string> {
  const files = new Map<string, string>(Object.entries(COMMON));
  for (const one of cases) files.set(unitOf(one), textOf(one, side));
  return files;
}

/** Whether something is to run, so that its object can be compared. */
export function isStarted(one: KeyCase): boolean {
  const { live } = rowOf(one);
  if (nameOf(one) in CANNOT_START) return false;
  if (one.section === "Container" || one.section === "Pod") return true;
  if (one.section === "Network" || one.section === "Volume") return true;
  if (one.section === "Build") return live !== undefined && one.also.includes("localhost/built");
  if (one.section === "Kube") return live !== undefined;
  return one.section === "Service" && LIMIT_CASES.includes(one);
}

/** A user namespace of its own size finds room only before those that take all. */
export const isFirst = (one: KeyCase, side: Side) => /^RemapUsers=auto/m.test(`${one.also}\n${one[side]}`);

/** The one field that shows that an object was made from another value, if one does. */
export function shownBy(one: KeyCase): readonly string[] {
  const { field, live, section } = rowOf(one);
  if (field === "loaded") return [];
  return live !== undefined || section === "Container" || section === "Pod" ? [field] : [];
}
