import { parseLimit } from "../lib/size.ts";
import type { MountRule, Requirements } from "../model/host-requirements.ts";
import type { Component } from "./component.ts";
import type { RenderDecisions } from "./deciding.ts";
import type { UnitLine } from "./unit-text.ts";
import type { VolumeUse } from "./volumes.ts";

const OWNER = /^\d+(?::\d+)?$/;
/** Places that the system fills; a folder made there would be useless. */
const OF_THE_SYSTEM = /^(?:\/(?:dev|proc|sys|run)(?:\/|$)|%t)/;
/** `x.json`: a missing path that was probably meant to be a file. */
const LIKE_A_FILE = /[^/]\.(?!d$)[a-z][a-z0-9]{0,5}$/i;

/** How quadgate treats the mounts of an instance's containers; see MountRule. */
export function mountRules(
  components: readonly Component[],
  deciding: RenderDecisions,
): readonly MountRule[] {
  return components
    .filter(({ unit }) => unit.kind === "container")
    .flatMap((component) =>
      component.volumes
        .filter(({ text }) => /^[/%]/.test(text))
        .map((volume) => ruleFor(volume, component, deciding)),
    );
}

function ruleFor(
  volume: VolumeUse,
  component: Component,
  { instance, findings }: RenderDecisions,
): MountRule {
  const target = clean(volume.destination);
  const base = { instance: instance.name, unit: `${component.name}.container`, target };
  const source = volume.text.slice(0, volume.text.indexOf(":"));
  const ofTheSystem = OF_THE_SYSTEM.test(source);
  const storage = component.declared.find((use) => clean(use.target) === target);
  if (storage !== undefined) {
    const { entry, owner } = storage;
    if (owner !== undefined && !OWNER.test(owner)) {
      const message = `the owner "${owner}" of the pattern's storage at ${target} is not uid:gid in numbers`;
      findings.add("value-invalid", message, { path: "pattern" });
    }
    const { purpose, mode, nocow } = entry;
    const missing = entry.create && !ofTheSystem ? "make" : "refuse";
    const { requireMount } = storage;
    return { ...base, purpose, mode, owner, nocow, missing, requireMount, declared: true };
  }
  const own =
    component.main && instance.spec.volumes.some((text) => clean(text.split(":")[1] ?? "") === target);
  const readOnly = volume.text.split(":")[2]?.split(",").includes("ro") === true;
  const mayMake = own && !readOnly && !ofTheSystem && !LIKE_A_FILE.test(source);
  return {
    ...base,
    mode: "0755",
    nocow: false,
    missing: mayMake ? "make" : "refuse",
    requireMount: false,
    declared: false,
  };
}

const clean = (path: string): string => path.replace(/(?<=.)\/+$/, "");

/**
 * What the instance, whose units have these lines, asks of the host. Leaves out entries whose text renders to
 * nothing.
 */
export function requirementsOf(lines: readonly UnitLine[], deciding: RenderDecisions): Requirements {
  const { instance, pattern, engine, scope, findings } = deciding;
  const { podman, disk, devices, secrets, sysctls } = pattern.requirements;
  const text = (source: string): string => {
    const rendered = engine.text(source, scope, pattern.file);
    if (rendered.ok) return rendered.text;
    findings.adopt(rendered.issue);
    return "";
  };
  const named = secrets.map(({ name, purpose }) => ({ name: text(name), purpose }));
  return {
    instance: instance.name,
    place: instance.place,
    podman,
    disk: disk === undefined ? undefined : parseLimit(disk),
    devices: devices
      .map((device) => ({ ...device, path: text(device.path) }))
      .filter(({ path }) => path !== ""),
    secrets: [...named, ...secretParameters(lines, deciding)].filter(({ name }) => name !== ""),
    sysctls,
    mounts: instance.spec.requireMount,
  };
}

/** A parameter may have a default that only some variants use. */
function secretParameters(
  lines: readonly UnitLine[],
  { instance, pattern }: RenderDecisions,
): readonly { name: string; purpose: string }[] {
  const used = new Set(lines.flatMap(({ key, value }) => (key === "Secret" ? [value.split(",")[0]] : [])));
  return Object.entries(pattern.parameters).flatMap(([key, { type, description }]) => {
    const value = instance.spec.values[key];
    return type === "secret" && typeof value === "string" && used.has(value)
      ? [{ name: value, purpose: description }]
      : [];
  });
}
