import type { PatternInstance } from "../model/instance.ts";
import { LABEL_INSTANCE, type Unit } from "../model/unit.ts";
import type { Draft } from "./compile.ts";
import type { Component } from "./component.ts";
import { filesDigest, LABEL_FILES } from "./files.ts";
import type { Findings } from "./issues.ts";
import { podmanNetwork } from "./networks.ts";
import { type Route, routeLabels } from "./route.ts";
import type { UnitLine } from "./unit-text.ts";
import type { World } from "./world.ts";

/** Refuses labels that quadgate writes itself. */
export function checkLabels(instance: PatternInstance, findings: Findings): void {
  for (const name of Object.keys(instance.spec.labels)) {
    if (!name.startsWith("io.quadgate.")) continue;
    findings.add("value-invalid", `quadgate sets the label ${name} itself`, { path: `labels.${name}` });
  }
}

/** The labels in a main container's template: the manifest's, and the route's if Traefik reads labels. */
export function labelsOf(
  instance: PatternInstance,
  component: Component,
  route: Route | undefined,
  world: World,
): Readonly<Record<string, string>> {
  if (route === undefined || world.traefik.mode !== "labels") return instance.spec.labels;
  const network = traefikNetwork(component);
  const podmanName =
    network === undefined ? undefined : (world.networkNames.get(network) ?? podmanNetwork(network));
  return { ...routeLabels(instance.name, route, podmanName), ...instance.spec.labels };
}

/** The network on which Traefik reaches the container: the one for that purpose, else the first. */
function traefikNetwork({ networks }: Component): string | undefined {
  const named = networks.flatMap(({ network }) => network ?? []);
  return named.includes("reverse_proxy") ? "reverse_proxy" : named[0];
}

/** Adds the labels that tie a container to its instance and to the files that it mounts. */
export function withLabels(
  draft: Draft,
  instance: PatternInstance,
  component: Component,
  files: readonly Unit[],
): Draft {
  const label = (text: string): UnitLine => ({ section: "Container", key: "Label", value: text });
  const digest = component.main && files.length > 0 ? [label(`${LABEL_FILES}=${filesDigest(files)}`)] : [];
  const lines = [...draft.lines, label(`${LABEL_INSTANCE}=${instance.name}`), ...digest];
  return { sections: draft.sections, lines };
}
