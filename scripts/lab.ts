import { Command } from "commander";
import { execa } from "execa";
import { ensureBase } from "../test/lab/harness/base.ts";
import { enterCommand, type LabUser } from "../test/lab/harness/enter.ts";
import { attachLab, bootLab, type Lab } from "../test/lab/harness/lab.ts";
import { isAlive } from "../test/lab/harness/processes.ts";
import { chooseFlavour, flavours } from "../test/lab/harness/recipe.ts";
import { listRecords } from "../test/lab/harness/registry.ts";
import { whyNoLab } from "../test/lab/harness/support.ts";
import { reapLabs } from "../test/lab/harness/teardown.ts";

const out = (text: string) => process.stdout.write(`${text}\n`);

/** Takes the named lab, or the only one that no process owns. */
function pick(name: string | undefined): Lab {
  if (name) return attachLab(name);
  const kept = listRecords().filter((record) => record.owner === null);
  const [only] = kept;
  if (only && kept.length === 1) return attachLab(only.name);
  if (!only) throw new Error("no lab is up; boot one with: npm run lab -- up");
  throw new Error(`which lab? ${kept.map((record) => record.name).join(", ")}`);
}

async function up(options: { flavour?: string; name: string }): Promise<void> {
  const flavour = chooseFlavour(options.flavour);
  const reason = whyNoLab();
  if (reason) throw new Error(`the lab cannot run on this machine: ${reason}`);
  await ensureBase(flavour, (message) => process.stderr.write(`${message}\n`));
  const started = Date.now();
  const lab = await bootLab({ flavour, name: options.name, keep: true });
  out(`${lab.name} (${flavour}) is up after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  out(`  npm run lab -- shell ${lab.name} [--root]          a shell in it`);
  out(`  npm run lab -- exec ${lab.name} -- quadgate plan   one command`);
  out(`  npm run lab -- down ${lab.name}                    the end of it`);
  if (!(await lab.exists("/opt/quadgate/dist/quadgate.js")))
    out("quadgate is not built: run npm run build, then up again");
}

async function run(lab: Lab, argv: string[], user: LabUser): Promise<void> {
  const env = process.env.TERM ? { TERM: process.env.TERM } : {};
  const { file, args, env: labEnv } = enterCommand(lab.record, argv, { user, env });
  const result = await execa(file, args, { env: labEnv, extendEnv: false, stdio: "inherit", reject: false });
  process.exitCode = result.exitCode ?? 1;
}

function shell(name: string | undefined, options: { root?: boolean }): Promise<void> {
  // The lab has terminals of its own. `script` makes one and connects it with this one.
  const argv = process.stdin.isTTY ? ["script", "-q", "-e", "-c", "bash -l", "/dev/null"] : ["bash", "-l"];
  return run(pick(name), argv, options.root ? "root" : "homelab");
}

function list(): void {
  for (const record of listRecords()) {
    const state = record.init && isAlive(record.init) ? "running" : "stopped";
    const owner = record.owner ? `of process ${record.owner.pid}` : "kept";
    out([record.name, record.flavour, state, owner].join("\t"));
  }
}

async function down(name: string | undefined, options: { all?: boolean }): Promise<void> {
  reapLabs();
  const names = listRecords().filter((record) => record.owner === null);
  const labs = options.all ? names.map((record) => attachLab(record.name)) : [pick(name)];
  for (const lab of labs) {
    await lab.down();
    out(`${lab.name} is down`);
  }
}

const program = new Command("lab")
  .description("Disposable homelab hosts with real podman and systemd")
  .showHelpAfterError();
program
  .command("up")
  .description("boot a lab that stays until it is taken down")
  .option("--flavour <name>", `the Debian release: ${flavours.join(" or ")}`)
  .option("--name <name>", "its name", "lab")
  .action(up);
program.command("shell [name]").description("open a shell in it").option("--root", "as root").action(shell);
program
  .command("exec")
  .description("run a command in it: exec [NAME] -- COMMAND...")
  .argument("[name-and-command...]")
  .option("--root", "as root")
  .action((words: string[], options: { root?: boolean }) => {
    // commander drops the `--`, so only the original arguments show whether a name comes before it.
    const given = process.argv.slice(process.argv.indexOf("exec") + 1);
    const end = given.indexOf("--");
    const before = end < 0 ? [] : given.slice(0, end).filter((word) => !word.startsWith("-"));
    const argv = words.slice(before.length);
    if (argv.length === 0) throw new Error("no command; use: exec [NAME] -- COMMAND...");
    return run(pick(before[0]), argv, options.root ? "root" : "homelab");
  });
program.command("list").description("show the labs on this machine").action(list);
program.command("down [name]").description("end it").option("--all", "all that are kept").action(down);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`lab: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
