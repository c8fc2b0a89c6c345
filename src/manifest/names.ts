import { NETWORKS_INSTANCE, type NetworkSpec, type RawInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { issue } from "./codes.ts";
import { INSTANCE_NAME } from "./formats.ts";
import { DESIRED_STATE } from "./layout.ts";
import { show } from "./message-parts.ts";

interface Claim {
  readonly name: string;
  readonly file: string;
  /** Where the name is, for an entry of a stack. */
  readonly place?: Place;
}

/** Finds names that are not valid, reserved, or claimed twice. Every issue names the instance. */
export function checkNames(manifests: readonly Claim[], raw: readonly RawInstance[]): Issue[] {
  return [
    ...manifests.flatMap(checkForm),
    ...manifests.flatMap((claim, index) => checkTaken(claim, manifests.slice(0, index))),
    ...raw.flatMap((instance) => checkRaw(instance, manifests)),
  ];
}

function checkForm({ name, file, place }: Claim): Issue[] {
  if (name === NETWORKS_INSTANCE) return [reserved(file)];
  if (INSTANCE_NAME.test(name)) return [];
  const what = place === undefined ? "file" : "service";
  const hint = `rename the ${what}: use a-z and 0-9, and - only in between; at most 63 characters`;
  const message = `${show(name)} cannot be an instance's name`;
  return [issue("name-invalid", message, { place: place ?? { file }, instance: name, hint })];
}

function reserved(file: string): Issue {
  const message = `the name ${show(NETWORKS_INSTANCE)} is reserved for ${DESIRED_STATE}/networks.yaml`;
  return issue("name-reserved", message, {
    place: { file },
    instance: NETWORKS_INSTANCE,
    hint: "rename the file",
  });
}

function checkTaken({ name, file, place }: Claim, earlier: readonly Claim[]): Issue[] {
  const owner = earlier.find((other) => other.name === name);
  if (!owner) return [];
  const message = `the instance ${show(name)} is already declared in ${owner.file}`;
  return [
    issue("name-taken", message, {
      place: place ?? { file },
      instance: name,
      hint: "rename one of the two",
    }),
  ];
}

function checkRaw({ name, place, files }: RawInstance, manifests: readonly Claim[]): Issue[] {
  if (name === NETWORKS_INSTANCE) return [reserved(place.file)];
  const owner = manifests.find((manifest) => manifest.name === name);
  if (!owner) return [];
  const message = `the instance ${show(name)} is already declared in ${owner.file}`;
  const onlyDropIns = [...files.keys()].every((unit) => unit.includes("/"));
  const hint = onlyDropIns ? "use the manifest's quadlet key instead of a drop-in" : "rename one of the two";
  return [issue("name-taken", message, { place, instance: name, hint })];
}

/** Finds networks that both networks.yaml and a raw .network file define. */
export function checkNetworkUnits(networks: readonly NetworkSpec[], raw: readonly RawInstance[]): Issue[] {
  return raw.flatMap(({ name, place, files }) => {
    const network = networks.find((declared) => files.has(`${declared.name}.network`));
    if (!network) return [];
    const file = network.place?.file ?? "networks.yaml";
    const message = `${file} declares the network ${show(network.name)} too`;
    return [issue("name-taken", message, { place, instance: name, hint: "remove one of the two" })];
  });
}
