import { isWithin } from "../lib/is-within.ts";
import type { FoundNeeds } from "../model/host-requirements.ts";
import type { Place } from "../model/place.ts";
import { cleanPath } from "../quadlet/argv/mounts.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { placeOf } from "./conflicts.ts";

/** The file system of /etc/fstab that a path belongs on, if it is not mounted. */
function missingFileSystem(path: string, { fstab, mountPoints }: FoundNeeds): string | undefined {
  return fstab.find((point) => isWithin(path, cleanPath(point)) && !mountPoints.has(cleanPath(point)));
}

function notMounted(instance: string, path: string, point: string, place: Place): Prerequisite {
  return {
    instance,
    check: `mount ${point}`,
    code: "mount-missing",
    message: `${path} belongs on ${point}, which is in /etc/fstab but is not mounted`,
    fix: `sudo mount ${point}`,
    place,
  };
}

/** The mount point of the system's or the home folder's file system, if a path is on one of these. */
function systemMountOf(path: string, { found, home }: PrerequisiteInput): string | undefined {
  const point = found.mountsOf.get(path) ?? "/";
  return point === "/" || point === found.mountsOf.get(home) ? point : undefined;
}

/**
 * Folders that must be on a separate disk. If /etc/fstab says which disk is missing, its issue comes instead.
 */
export function mountedSources(input: PrerequisiteInput): readonly Prerequisite[] {
  const { sources, found } = input;
  return sources.mounted.flatMap(({ path, needs: { instance, unit }, target }): Prerequisite[] => {
    if (missingFileSystem(path, found) !== undefined) return [];
    const check = `disk of ${path}`;
    const point = systemMountOf(path, input);
    if (point === undefined) return [{ instance, check, message: `mounted at ${found.mountsOf.get(path)}` }];
    const message = `${path} is on the file system of ${point}, so the disk it belongs on is not mounted`;
    const fix = `mount that disk; to see what is mounted: findmnt --target ${path}`;
    const place = placeOf(unit, "Volume", `:${target}`) ?? unit.origin;
    return [{ instance, check, code: "mount-missing", message, fix, place }];
  });
}

/**
 * Whether another issue already says that a folder's disk is missing, which explains the state of the folder.
 */
function isOffDisk(instance: string, path: string, input: PrerequisiteInput): boolean {
  const asked = input.sources.mounted.some((one) => one.path === path && one.needs.instance === instance);
  return asked && systemMountOf(path, input) !== undefined;
}

/**
 * Files whose path is blocked. quadgate does not touch what is there, because it may belong to someone else.
 */
export function targets({ obstructed }: PrerequisiteInput): readonly Prerequisite[] {
  return obstructed.map(({ unit: { name, instance, origin }, path, obstacle }) => ({
    instance,
    check: `file ${name}`,
    code: "file-obstructed",
    ...(obstacle.kind === "unreadable-folder"
      ? {
          message: `${path}, which belongs to ${name}, is ${obstacle.message}`,
          fix: `chmod u+rwx ${path}, or move it away`,
        }
      : {
          message: `${path} should be a file, but it is ${obstacle.message}`,
          fix: `ls -ld ${path}; correct the path, or move it away`,
        }),
    place: origin,
  }));
}

export function requiredSources(input: PrerequisiteInput): readonly Prerequisite[] {
  const { sources, found, files } = input;
  return sources.required.flatMap(({ path, needs: { instance, unit }, target }): Prerequisite[] => {
    const check = `source ${path}`;
    const place = placeOf(unit, "Volume", `:${target}`) ?? unit.origin;
    const point = missingFileSystem(path, found);
    if (point !== undefined) return [notMounted(instance, path, point, place)];
    if (isOffDisk(instance, path, input)) return [];
    if (found.paths.has(path)) return [{ instance, check, message: "exists" }];
    if (files.some((file) => isWithin(file, path)))
      return [{ instance, check, message: "comes from the repository" }];
    const message = `${path}, which is mounted at ${target}, does not exist`;
    return [{ instance, check, code: "source-not-there", message, fix: `mkdir -p ${path}`, place }];
  });
}

export function folders(input: PrerequisiteInput): readonly Prerequisite[] {
  const { sources, found, needs, used } = input;
  return sources.folders.flatMap(({ path, instance, units: [name], nocow, purpose }): Prerequisite[] => {
    const unit = needs.find((one) => one.unit.name === name)?.unit;
    if (unit === undefined) return [];
    const check = `folder ${path}`;
    const place = unit.origin;
    const point = missingFileSystem(path, found);
    if (point !== undefined) return [notMounted(instance, path, point, place)];
    if (isOffDisk(instance, path, input)) return [];
    const state = found.folders.get(path);
    const what = purpose === undefined ? "" : `: ${purpose.trim()}`;
    if (state === undefined && used.has(path)) {
      const message =
        `${path}, where ${instance} has kept its data, is gone; ` +
        "quadgate does not create an empty folder in its place";
      const fix = `mount its file system, restore it from a backup, or start over: mkdir -p ${path}`;
      return [{ instance, check, code: "folder-gone", message, fix, place }];
    }
    if (state === undefined) return [{ instance, check, message: `created before the start${what}` }];
    if (state.kind === "other") {
      const message = `${path} should be a folder to mount, but it is not a folder`;
      return [{ instance, check, code: "source-no-folder", message, fix: `ls -ld ${path}`, place }];
    }
    if (nocow && state.nocow === false && !state.empty) {
      const message = `copy on write is on for ${path}, which already has data; quadgate does not change it`;
      const fix =
        `with the service stopped: mv ${path} ${path}.old && mkdir ${path} && chattr +C ${path} ` +
        `&& cp -a --reflink=never ${path}.old/. ${path}`;
      return [{ instance, check, code: "copy-on-write", message, fix, place }];
    }
    return [{ instance, check, message: `exists${what}` }];
  });
}
