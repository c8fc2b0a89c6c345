import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Report } from "./base.ts";
import type { Recipe } from "./recipe.ts";

const defaultMirror = "http://deb.debian.org/debian";

/** Makes the root file system of a recipe in a folder that does not exist yet. */
export async function debootstrap(recipe: Recipe, root: string, report: Report): Promise<void> {
  await ensureTool(report);
  const site = await mirror();
  report(`installing Debian ${recipe.flavour} from ${site}`);
  const hook = (script: string, ...args: string[]) =>
    `--customize-hook=${[join(recipe.scripts, script), '"$1"', ...args].join(" ")}`;
  const aptOptions = [
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Languages "none"',
    ...(await proxies()),
  ];
  const skipped = ["doc", "man", "locale", "info"].map((name) => `path-exclude=/usr/share/${name}/*`);
  // In namespaces of its own, so that neither a process nor a mount of it outlives this process.
  const contained = [
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
  ];
  const result = await execa(
    "setpriv",
    [
      ...[...contained, "mmdebstrap"],
      ...["--mode=root", "--variant=minbase", `--include=${recipe.packages.join(",")}`],
      ...aptOptions.map((option) => `--aptopt=${option}`),
      ...[...skipped, "force-unsafe-io"].map((option) => `--dpkgopt=${option}`),
      ...[hook("setup.sh"), hook("image-roots.sh", join(recipe.scripts, "image-files"))],
      ...[recipe.flavour, root, site],
    ],
    { reject: false, all: true, stdin: "ignore" },
  );
  if (result.failed) throw new Error(`mmdebstrap failed (${result.shortMessage})\n${result.all}`);
}

async function ensureTool(report: Report): Promise<void> {
  if (existsSync("/usr/bin/mmdebstrap") && existsSync("/usr/share/keyrings/debian-archive-keyring.gpg"))
    return;
  report("installing mmdebstrap");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await execa("apt-get", ["update", "-qq"], { env, reject: false });
  await execa("apt-get", ["install", "-qq", "-y", "mmdebstrap", "debian-archive-keyring"], { env });
}

/** Returns the Debian mirror that apt is set up with on this machine, or Debian's own. */
async function mirror(): Promise<string> {
  const format = "$(ORIGIN) $(LABEL) $(SITE)";
  const { stdout } = await execa("apt-get", ["indextargets", "--format", format, "Created-By: Packages"], {
    reject: false,
  });
  const main = stdout.split("\n").find((line) => line.startsWith("Debian Debian "));
  return main?.split(" ")[2] ?? defaultMirror;
}

/** Returns apt's proxy settings of this machine; mmdebstrap's apt does not read them. */
async function proxies(): Promise<string[]> {
  const { stdout } = await execa("apt-config", ["dump"], { reject: false });
  return stdout.split("\n").filter((line) => /^Acquire::https?::Proxy\S* ".+";$/.test(line));
}
