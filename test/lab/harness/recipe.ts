import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { labImages } from "./images.ts";

/** The Debian releases that a lab can run: trixie has podman 5.4 and systemd 257, forky podman 5.8 and systemd 262. */
export const flavours = ["trixie", "forky"] as const;
export type Flavour = (typeof flavours)[number];

/** Says how a base root file system is made. */
export interface Recipe {
  flavour: Flavour;
  packages: string[];
  /** Scripts that turn the fresh root file system into the lab's host. */
  scripts: string;
  /** Changes with anything that changes the result. */
  key: string;
}

/** Raised by hand when the code that builds the base changes what it builds. */
const version = 2;

const packages = [
  ...["systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd"],
  ...[
    "podman",
    "crun",
    "netavark",
    "aardvark-dns",
    "passt",
    "uidmap",
    "nftables",
    "catatonit",
    "fuse-overlayfs",
  ],
  ...["iproute2", "procps", "ca-certificates", "git", "nodejs", "strace", "curl", "e2fsprogs", "btrfs-progs"],
  "docker-registry",
];

/** Returns the recipe of a flavour. */
export function recipeFor(flavour: Flavour): Recipe {
  const scripts = join(import.meta.dirname, "recipe");
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ version, flavour, packages, labImages }));
  for (const file of readdirSync(scripts, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(scripts, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return { flavour, packages, scripts, key: `${flavour}-${hash.digest("hex").slice(0, 12)}` };
}

/** Returns the flavour asked for by name, by QUADGATE_LAB_FLAVOUR, or the default. */
export function chooseFlavour(name = process.env.QUADGATE_LAB_FLAVOUR || "trixie"): Flavour {
  const flavour = flavours.find((known) => known === name);
  if (!flavour) throw new Error(`unknown lab flavour "${name}"; known are ${flavours.join(", ")}`);
  return flavour;
}
