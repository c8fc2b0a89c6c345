import { expandHome } from "../lib/expand-home.ts";
import { compareVersions, versionNumbers } from "../lib/version.ts";
import type { Requirements } from "../model/host-requirements.ts";
import { cleanPath } from "../quadlet/argv/mounts.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { setSysctl } from "./kernel.ts";
import type { Sources } from "./unit-needs.ts";

/**
 * The first folder of an instance, which holds its data. Without one, podman's storage does, which is not
 * judged.
 */
export function dataFolder({ instance }: Requirements, { folders }: Sources): readonly string[] {
  const own = folders.find((folder) => folder.instance === instance);
  return own === undefined ? [] : [own.path];
}

export function podman(
  { instance, place, podman: wanted }: Requirements,
  { podmanVersion }: PrerequisiteInput,
) {
  if (wanted === undefined) return [];
  const check = "podman";
  const has = versionNumbers(podmanVersion);
  if (has.some(Number.isNaN) || compareVersions(has, versionNumbers(wanted)) >= 0)
    return [{ instance, check, message: `${podmanVersion}; ${wanted} or later is needed` }];
  return [
    {
      instance,
      check,
      code: "podman-too-old" as const,
      message: `the pattern needs podman ${wanted}, but this host has ${podmanVersion}`,
      fix: "upgrade podman",
      place,
    },
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)}G`;
}

export function disk(one: Requirements, { sources, found }: PrerequisiteInput): readonly Prerequisite[] {
  const { instance, place, disk: wanted } = one;
  const [path] = dataFolder(one, sources);
  const free = path === undefined ? undefined : found.disks.get(path);
  if (wanted === undefined || path === undefined || free === undefined) return [];
  const check = "disk space";
  const message = `${gigabytes(free)} is free at ${path}; ${gigabytes(wanted)} is needed`;
  if (free >= wanted) return [{ instance, check, message }];
  return [{ instance, check, code: "disk-short", message, fix: `free some space: df -h ${path}`, place }];
}

export function sysctls({ instance, place, sysctls: rows }: Requirements, { found }: PrerequisiteInput) {
  return rows.flatMap(({ name, min, max, why, optional }): Prerequisite[] => {
    const value = found.sysctls.get(name);
    if (value === undefined) return [];
    const check = `kernel ${name}`;
    const wanted =
      min !== undefined && value < min ? min : max !== undefined && value > max ? max : undefined;
    if (wanted === undefined) return [{ instance, check, message: String(value) }];
    const must = `${optional ? "should" : "must"} be at ${wanted === min ? "least" : "most"} ${wanted}`;
    const message = `${name} is ${value} and ${must}: ${why}`;
    const code = optional ? "sysctl-advised" : "sysctl-out-of-bounds";
    return [{ instance, check, code, message, fix: setSysctl(name, wanted), place }];
  });
}

export function requiredMounts(
  { instance, place, mounts }: Requirements,
  { found, home }: PrerequisiteInput,
) {
  return mounts.map((written): Prerequisite => {
    const path = cleanPath(expandHome(written, home));
    const check = `mount ${path}`;
    if (found.mountPoints.has(path)) return { instance, check, message: "mounted" };
    const message = `nothing is mounted at ${path}, but requireMount asks for it`;
    return { instance, check, code: "mount-missing", message, fix: `sudo mount ${path}`, place };
  });
}
