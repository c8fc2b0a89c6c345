import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { bootLab, type Lab } from "../test/lab/harness/lab.ts";
import { brokenLinks } from "./markdown-links.ts";

/**
 * Packs the package as npm publishes it, installs it on a bare host without a network, and walks the main
 * path.
 */

const checkout = join(import.meta.dirname, "..");
const installed = "/home/homelab/npm";
const quadgate = `${installed}/bin/quadgate`;

const folder = mkdtempSync(join(tmpdir(), "quadgate-smoke-"));
let lab: Lab | undefined;

async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    const result = await work();
    process.stdout.write(`ok    ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
    return result;
  } catch (error) {
    process.stdout.write(`FAIL  ${title}\n${error instanceof Error ? error.message : String(error)}\n`);
    throw error;
  }
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const WANTED = [
  /^dist\/quadgate\.js$/,
  /^dist\/THIRD-PARTY-LICENSES\.txt$/,
  /^patterns\/[a-z-]+\.yaml$/,
  /^templates\/quadlets\/container\.liquid$/,
  /^templates\/traefik\/route\.liquid$/,
  /^systemd\/user\/quadgate\.service$/,
  /^systemd\/system\/quadgate\.service$/,
  /^schema\/[\w.-]+\.json$/,
  /^docs\/README\.md$/,
  /^docs\/patterns\/[a-z-]+\.md$/,
  /^desired-state\/README\.md$/,
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
];
const ALLOWED = new RegExp(
  "^(dist|patterns|templates|systemd|schema|docs|desired-state|files)/" +
    "|^(package\\.json|quadgate\\.yaml|(README|CHANGELOG|CONTRIBUTING)\\.md|LICENSE)$",
);

async function pack(): Promise<Packed> {
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], { cwd: checkout });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("["))) as readonly Packed[];
  if (!packed) throw new Error(`npm pack reported nothing: ${stdout}`);
  return packed;
}

async function checkFiles({ files }: Packed): Promise<void> {
  const paths = files.map(({ path }) => path);
  const extra = paths.filter((path) => !ALLOWED.test(path));
  const missing = WANTED.filter((wanted) => !paths.some((path) => wanted.test(path)));
  check(extra.length === 0, `these do not belong in the package: ${extra.join(", ")}`);
  check(missing.length === 0, `the package lacks ${missing.map(String).join(", ")}`);
}

const prefix = join(folder, "prefix");

async function unpack({ filename }: Packed): Promise<void> {
  const flags = ["--global", "--offline", "--no-audit", "--no-fund", "--prefix", prefix];
  await execa("npm", ["install", ...flags, join(folder, filename)]);
}

async function checkLinks(): Promise<void> {
  const broken = brokenLinks(join(prefix, "lib", "node_modules", "quadgate"));
  check(broken.length === 0, `these links lead nowhere in the package: ${broken.join(", ")}`);
}

/** Installs the package from the tarball, and hides the mounts of this checkout. */
async function install(host: Lab): Promise<void> {
  await host.copyIn(prefix, installed);
  await host.sh("rm -f /usr/local/bin/quadgate; mount -t tmpfs none /opt/quadgate", { user: "root" });
  check(!(await host.exists("/opt/quadgate/dist")), "the checkout is still there to be used by mistake");
}

/** A fixed score, so that the machine below the lab does not change the result. */
const HEALTHY = `health: { command: [echo, '{"health_score": 100}'] }\n`;
const MANIFEST = `pattern: reverse-proxy-backend
image: docker.io/traefik/whoami:v1.11
hostname: whoami.example.org
port: 80
health: { cmd: curl -f http://localhost:80/ }
`;

async function expectExit(
  host: Lab,
  args: readonly string[],
  exitCode: number,
  pattern: RegExp,
): Promise<void> {
  await step(`quadgate ${args.join(" ")}: exit ${exitCode}`, async () => {
    const result = await host.exec([quadgate, ...args], { reject: false });
    check(result.exitCode === exitCode, `exit ${result.exitCode} instead of ${exitCode}:\n${result.all}`);
    check(pattern.test(result.stdout), `${pattern} does not match:\n${result.all}`);
  });
}

try {
  const packed = await step("npm pack", pack);
  await step(`the tarball holds ${packed.files.length} files, and none that do not belong there`, () =>
    checkFiles(packed),
  );
  await step("npm installs the tarball without a network", () => unpack(packed));
  await step("the links of its documentation resolve within the package", checkLinks);
  const host = await step("a bare host boots", () => bootLab());
  lab = host;
  await step("the package is on the host", () => install(host));
  await step("a repository with one manifest is there", async () => {
    const repo = await host.bareRepo("homelab");
    await repo.commitAndPush({ "desired-state/whoami.yaml": MANIFEST }, "Run whoami");
    await host.write("/home/homelab/.config/quadgate/config.yaml", `repository: ${repo.url}\n${HEALTHY}`);
  });
  await expectExit(host, ["--version"], 0, new RegExp(`^${packed.version.replaceAll(".", "\\.")}$`));
  await expectExit(host, ["doctor"], 0, /This host can run quadgate/);
  await expectExit(host, ["validate"], 0, /^Valid: 1 instance/);
  await expectExit(host, ["plan"], 2, /create {2}whoami\.container/);
  await expectExit(host, ["reconcile"], 0, /^Applied and verified/);
  await expectExit(host, ["reconcile"], 0, /^In sync/);
  await expectExit(host, ["drift"], 0, / 0 drift, 0 warning$/);
  await expectExit(host, ["install"], 0, /./);
  await step("the installed daemon runs from the package", async () => {
    const { stdout } = await host.sh(
      `for i in $(seq 50); do quadgate=$(systemctl --user show -P MainPID quadgate.service)
         [ "$quadgate" -gt 0 ] && ${quadgate} notify >/dev/null &&
           tr '\\0' ' ' </proc/$quadgate/cmdline && exit
         sleep 0.2; done; systemctl --user status quadgate.service`,
    );
    check(stdout.includes(`${installed}/`), `it runs ${stdout}`);
  });
  await expectExit(host, ["uninstall"], 0, /./);
} catch {
  process.exitCode = 1;
} finally {
  await lab?.down();
  rmSync(folder, { recursive: true, force: true });
}
