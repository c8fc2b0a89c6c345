import { NETWORKS_INSTANCE, type NetworkSpec, NO_POLICY, type RawInstance } from "../model/instance.ts";
import type { Unit } from "../model/unit.ts";
import { checkVersions, compileTemplate, finishUnit, managedBy } from "./compile.ts";
import { Findings } from "./issues.ts";
import { referredNetworks } from "./networks.ts";
import type { World } from "./world.ts";

const DECLARATIONS = "desired-state/networks.yaml";

/** Shared networks: the declared ones, and those that units refer to and that have no unit. */
export function networkUnits(
  units: readonly Unit[],
  world: World,
): { readonly units: readonly Unit[]; readonly findings: readonly Findings[] } {
  const declared = world.desired.networks;
  const used = units.filter((unit) => unit.kind !== "file").flatMap((unit) => referredNetworks(unit.content));
  const present = new Set([
    ...declared.map((network) => network.name),
    ...units.flatMap((unit) => (unit.kind === "network" ? [unit.name.replace(/\.network$/, "")] : [])),
  ]);
  const implied = [...new Set(used)].filter((name) => !present.has(name)).map((name) => ({ name }));
  const results = [...declared, ...implied].map((network) => networkUnit(network, world));
  return {
    units: results.flatMap((result) => (result.findings.any ? [] : result.unit)),
    findings: results.map((result) => result.findings),
  };
}

function networkUnit(network: NetworkSpec, world: World): { unit: readonly Unit[]; findings: Findings } {
  const place = network.place ?? { file: DECLARATIONS };
  const nothing = { files: new Map(), spec: NO_POLICY, places: new Map() };
  const source: RawInstance = { kind: "raw", name: NETWORKS_INSTANCE, place, ...nothing };
  const findings = new Findings(source);
  const template = "quadlets/network";
  const rendered = world.engine.unit(template, {
    network: network.name,
    subnet: network.subnet ?? null,
    gateway: network.gateway ?? null,
    internal: network.internal ?? null,
    ipv6: network.ipv6 ?? null,
    dns: network.dns ?? [],
  });
  if (!rendered.ok) {
    findings.adopt(rendered.issue);
    return { unit: [], findings };
  }
  const draft = compileTemplate(rendered.text, { template, instance: undefined, findings });
  checkVersions(draft, world.podmanVersion, findings);
  const comment =
    network.place === undefined
      ? `Managed by quadgate. Declare ${network.name} in ${DECLARATIONS} of the repository to change it.`
      : managedBy(place.file);
  const unit = finishUnit({
    name: `${network.name}.network`,
    kind: "network",
    instance: NETWORKS_INSTANCE,
    origin: place,
    source: undefined,
    comment,
    draft,
  });
  return { unit: [unit], findings };
}
