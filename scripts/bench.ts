import { Command, InvalidArgumentError } from "commander";
import { bootLab, type Lab } from "../test/lab/harness/lab.ts";

const RUNS = 7;

/** What is timed, inside the lab, so that getting into it does not count. */
const SUBJECTS: Readonly<Record<string, string>> = {
  "podman inspect of all": "podman inspect $(podman ps --quiet)",
  "floor: that beside systemctl show of all":
    "podman inspect $(podman ps --quiet) & systemctl --user show 'bench*.service' & wait",
  "node -e 0": "node -e 0",
  "quadgate --version": "quadgate --version",
  "quadgate drift": "quadgate drift --quiet",
  "quadgate reconcile, nothing to do": "quadgate reconcile --quiet",
};

/** Times drift and a sync with nothing to do on a disposable host, beside what podman and systemd alone need. */
async function main(): Promise<void> {
  const program = new Command("bench").option("--containers <number>", "how many", wholeNumber, 20).parse();
  const { containers } = program.opts<{ containers: number }>();
  const lab = await bootLab();
  try {
    process.stdout.write(
      `${containers} containers, rootless, podman in a disposable host; ${RUNS} runs each\n`,
    );
    await deploy(lab, containers);
    const floor = await median(lab, SUBJECTS["floor: that beside systemctl show of all"] ?? "");
    for (const [name, command] of Object.entries(SUBJECTS)) {
      const time = await median(lab, command);
      const ratio = (time / floor).toFixed(1);
      process.stdout.write(
        `${name.padEnd(44)} ${String(time).padStart(6)} ms  ${ratio.padStart(5)} x floor\n`,
      );
    }
  } finally {
    await lab.down();
  }
}

async function deploy(lab: Lab, containers: number): Promise<void> {
  const repo = await lab.bareRepo("bench");
  const manifest = (index: number) =>
    [
      "pattern: reverse-proxy-backend",
      "image: docker.io/traefik/whoami:v1.11",
      `hostname: bench${index}.example.org`,
      "port: 80",
      "environment: { TZ: Europe/Oslo }",
      'health: { cmd: "wget -q -O /dev/null http://localhost:80/health || exit 1", interval: 5m }',
      "",
    ].join("\n");
  const files = Array.from({ length: containers }, (_, index) => [
    `desired-state/bench${index}.yaml`,
    manifest(index),
  ]);
  await repo.commitAndPush(Object.fromEntries(files), "Ask for many containers");
  await lab.write("/home/homelab/.config/quadgate/config.yaml", `repository: ${repo.url}\n`, {
    user: "homelab",
  });
  const began = Date.now();
  const { exitCode, stdout, stderr } = await lab.quadgate(["reconcile", "--yes"]);
  if (exitCode !== 0) throw new Error(`the first sync failed:\n${stdout}\n${stderr}`);
  process.stdout.write(`first sync, everything new ${((Date.now() - began) / 1_000).toFixed(1)} s\n`);
}

/** Milliseconds of wall time; the first run warms caches and does not count. */
async function median(lab: Lab, command: string): Promise<number> {
  const script = `for i in $(seq 0 ${RUNS}); do s=$(date +%s%N); { ${command}; } >/dev/null 2>&1; e=$(date +%s%N); echo $(( (e - s) / 1000000 )); done`;
  const times = (await lab.sh(script)).stdout.trim().split("\n").slice(1).map(Number);
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number from 1 up is needed.");
  return Number(text);
}

await main();
