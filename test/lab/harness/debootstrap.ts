import { existsSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Recipe } from "./recipe.ts";
import type { Report } from "./report.ts";

const defaultMirror = "http://deb.debian.org/debian";

/** Runs a command so that nothing of it outlives this process: in namespaces of its own, neither process nor mount. */
export async function contained(argv: string[]): Promise<void> {
  const namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const options = { reject: false, all: true, stdin: "ignore" } as const;
  const result = await execa("setpriv", ["--pdeathsig", "KILL", ...namespaces, ...argv], options);
  if (result.failed) throw new Error(`${argv[0]} failed (${result.shortMessage})\n${result.all}`);
}

/** Makes the root file system of a recipe in a folder that does not exist yet, from a Debian mirror. */
export async function debootstrap(recipe: Recipe, root: string, site: string): Promise<void> {
  const aptOptions = [
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Languages "none"',
    ...(await proxies()),
  ];
  const skipped = ["doc", "man", "locale", "info"].map((name) => `path-exclude=/usr/share/${name}/*`);
  await contained([
    ...["mmdebstrap", "--mode=root", "--variant=minbase", `--include=${recipe.packages.join(",")}`],
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...[...skipped, "force-unsafe-io"].map((option) => `--dpkgopt=${option}`),
    ...[`--customize-hook=${join(recipe.scripts, "setup.sh")} "$1"`, recipe.flavour, root, site],
  ]);
}

/** Sees to it that a root file system can be made on this machine. */
export async function ensureTool(report: Report): Promise<void> {
  if (existsSync("/usr/bin/mmdebstrap") && existsSync("/usr/share/keyrings/debian-archive-keyring.gpg"))
    return;
  report("installing mmdebstrap");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await execa("apt-get", ["update", "-qq"], { env, reject: false });
  await execa("apt-get", ["install", "-qq", "-y", "mmdebstrap", "debian-archive-keyring"], { env });
}

/** Returns the Debian mirror that apt is set up with on this machine, or Debian's own. */
export async function mirror(): Promise<string> {
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
