import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { boot, prepareWorkFolder } from "./boot.ts";
import { cgroupOf } from "./cgroup.ts";
import { contained, debootstrap, ensureTool, mirror } from "./debootstrap.ts";
import { exclusively } from "./lock.ts";
import { cacheFolder } from "./paths.ts";
import { identify } from "./processes.ts";
import { type Flavour, type Recipe, recipeFor } from "./recipe.ts";
import { createRecord, type LabRecord, listRecords, newName, workFolder } from "./registry.ts";
import type { Report } from "./report.ts";
import { imageFolder, importImages } from "./store.ts";
import { forget, powerOff, reapLabs, tearDown, tearDownAtExit } from "./teardown.ts";

/** What labs of a flavour start from. Nothing ever writes to it once it is made. */
export interface Base {
  flavour: Flavour;
  root: string;
  /** The podman stores with the lab's images, rootful and homelab's; each lab gets copies. */
  storeRoot: string;
  storeHome: string;
}

/** Returns the base of a flavour; makes it when there is none yet, once, however many processes ask. */
export async function ensureBase(flavour: Flavour, report: Report = () => {}): Promise<Base> {
  const recipe = recipeFor(flavour);
  const folder = join(cacheFolder(), recipe.key);
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const lock = join(cacheFolder(), `.${flavour}.lock`);
    await exclusively(lock, async () => {
      if (!existsSync(folder)) await build(recipe, folder, report);
    });
  }
  return baseIn(flavour, folder);
}

function baseIn(flavour: Flavour, folder: string): Base {
  return {
    flavour,
    root: join(folder, "root"),
    storeRoot: join(folder, "store-root"),
    storeHome: join(folder, "store-home"),
  };
}

async function build(recipe: Recipe, folder: string, report: Report): Promise<void> {
  const started = Date.now();
  report(`building the lab's Debian ${recipe.flavour} in ${folder}, once; this takes about a minute`);
  reapLabs();
  removeEntries(`.building-${recipe.flavour}-`, []);
  const unfinished = join(cacheFolder(), `.building-${recipe.key}-${process.pid}`);
  mkdirSync(unfinished, { mode: 0o755 });
  const base = baseIn(recipe.flavour, unfinished);
  await ensureTool(report);
  const site = await mirror();
  report(`installing Debian ${recipe.flavour} from ${site}`);
  const images = join(unfinished, "images");
  mkdirSync(images);
  await Promise.all([debootstrap(recipe, base.root, site), makeImageRoots(recipe, images, site)]);
  report("making the container images");
  await buildStores(base, images);
  rmSync(images, { recursive: true });
  renameSync(unfinished, folder);
  const inUse = listRecords().map((record) => record.baseRoot);
  removeEntries(`${recipe.flavour}-`, [folder, ...inUse]);
  report(`the lab's base is ready after ${Math.round((Date.now() - started) / 1000)} s`);
}

function makeImageRoots({ scripts }: Recipe, images: string, site: string): Promise<void> {
  return contained([join(scripts, "image-roots.sh"), images, join(scripts, "image-files"), site]);
}

async function buildStores(base: Base, images: string): Promise<void> {
  const name = newName();
  const owner = identify(process.pid);
  const { flavour, root: baseRoot } = base;
  const record: LabRecord = { name, hostname: name, flavour, baseRoot, cgroup: cgroupOf(name), owner };
  createRecord(record);
  tearDownAtExit(record);
  try {
    prepareWorkFolder(record, [{ from: images, to: imageFolder }]);
    await boot(record);
    await Promise.all([importImages(record, "root"), importImages(record, "homelab")]);
    await execa("sync", ["-f", workFolder(name)]);
    powerOff(record);
    renameSync(join(workFolder(name), "store-root"), base.storeRoot);
    renameSync(join(workFolder(name), "store-home"), base.storeHome);
  } finally {
    tearDown(record);
    forget(record);
  }
}

/** Removes what earlier recipes left, unless it is in use. */
function removeEntries(prefix: string, keep: string[]): void {
  for (const entry of readdirSync(cacheFolder())) {
    const path = join(cacheFolder(), entry);
    if (!entry.startsWith(prefix) || keep.some((kept) => `${kept}/`.startsWith(`${path}/`))) continue;
    rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  }
}
