import { Command, InvalidArgumentError } from "commander";
import { bootLab, type Lab, type LabRepo } from "../test/lab/harness/lab.ts";
import { printSyncs, type SyncOfOne, syncOfOne } from "./bench/sync-of-one.ts";
import { median, ms, print, timed } from "./bench/timing.ts";

/** What podman and systemd alone need to report the state of all containers and services, side by side. */
const FLOOR = "podman inspect $(podman ps --quiet) & systemctl --user show 'bench*.service' & wait";

/** The commands to time. They take turns, so that a busy moment of the machine hits all of them. */
const SUBJECTS = {
  floor: FLOOR,
  drift: "quadgate drift --quiet",
  reconcile: "quadgate reconcile --quiet",
  /** The floor from within Node. A program for Node cannot take less. */
  least:
    `node -e 'require("node:child_process").execSync(process.argv[1], { stdio: "ignore" })' ` +
    `"${FLOOR.replaceAll(/[$"]/g, "\\$&")}"`,
  node: "node -e 0",
} as const;
type Subject = keyof typeof SUBJECTS;

/**
 * Writes the peak of kilobytes and the microseconds of CPU of a node process when it ends, without its
 * children.
 */
const PROBE = "/home/homelab/probe.cjs";
const PROBE_SOURCE = `process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const used = { maxRSS, cpu: userCPUTime + systemCPUTime };
  require("node:fs").writeFileSync("/home/homelab/probe.json", JSON.stringify(used));
});
`;

/**
 * Settings for more than 200 containers of one user. The kernel keeps 200 keys for each user
 * (kernel.keys.maxkeys), of which crun makes one for each container. Podman gives a network 254 addresses.
 */
const CONTAINERS_CONF = `[containers]
keyring = false

[network]
default_subnet_pools = [{ base = "10.89.0.0/16", size = 20 }]
`;

/** The time limit of the first sync of hundreds of containers. */
const SYNC_LIMIT_MS = 900_000;

/** Each sync waits until its text has settled. */
const MOST_SYNCS = 5;

interface Row {
  readonly containers: number;
  readonly medians: Readonly<Record<Subject, number>>;
  /** The peak of megabytes of `quadgate drift`, without its children. */
  readonly memory: number;
}

/**
 * Prints the tables of docs/performance.md. Times drift and a sync with nothing to do on a disposable host
 * that grows, next to what podman and systemd alone need. Then times one deployment from the command to
 * verified, and the CPU time of planning a thousand instances.
 */
async function main(): Promise<void> {
  const { sizes, runs, instances } = options();
  const lab = await bootLab({ name: `bench-${process.pid}` });
  try {
    const repo = await lab.bareRepo("bench");
    await lab.write("/home/homelab/.config/quadgate/config.yaml", settings(repo));
    await lab.write("/home/homelab/.config/containers/containers.conf", CONTAINERS_CONF);
    await lab.write(PROBE, PROBE_SOURCE);
    const rows: Row[] = [];
    const syncs: SyncOfOne[] = [];
    for (const containers of sizes) {
      const seconds = await deploy(lab, repo, containers);
      note(`${containers} containers are deployed (${seconds.toFixed(1)} s)`);
      rows.push(await measure(lab, containers, runs));
      const manifest = manifests(1)["desired-state/bench0.yaml"] ?? "";
      syncs.push(await syncOfOne(lab, repo, { containers, runs: Math.min(runs, MOST_SYNCS), manifest }));
    }
    printRows(rows, runs);
    printSyncs(syncs, Math.min(runs, MOST_SYNCS));
    await deployOne(lab, runs);
    if (instances > 0) await planMany(lab, instances);
  } finally {
    await lab.down();
  }
}

function options(): { sizes: readonly number[]; runs: number; instances: number } {
  const sizes = (text: string) => text.split(",").map(wholeNumber);
  return new Command("bench")
    .description("times quadgate next to podman and systemd, on a disposable host")
    .option("--sizes <numbers>", "numbers of containers, rising", sizes, [20, 100, 300])
    .option("--runs <number>", "how often each is timed", wholeNumber, 9)
    .option("--instances <number>", "how many instances to render and plan; 0: none", Number, 1_000)
    .parse()
    .opts();
}

const settings = (repo: LabRepo) =>
  `repository: ${repo.url}\nhealth: { command: [echo, '{"health_score": 100}'] }\n`;

async function deploy(lab: Lab, repo: LabRepo, containers: number): Promise<number> {
  await repo.commitAndPush(manifests(containers), `Ask for ${containers} containers`);
  const began = Date.now();
  const { exitCode, all } = await lab.quadgate(["reconcile", "--yes"], { timeoutMs: SYNC_LIMIT_MS });
  if (exitCode !== 0) throw new Error(`the sync failed:\n${all}`);
  return (Date.now() - began) / 1_000;
}

function manifests(count: number, name = "bench"): Record<string, string> {
  const manifest = (index: number) =>
    [
      "pattern: reverse-proxy-backend",
      "image: docker.io/traefik/whoami:v1.11",
      `hostname: ${name}${index}.example.org`,
      "port: 80",
      "environment: { TZ: Europe/Oslo }",
      // Frequent health checks would count in the measurement.
      'health: { cmd: "wget -q -O /dev/null http://localhost:80/health || exit 1", interval: 1h }',
      "",
    ].join("\n");
  const files = Array.from({ length: count }, (_, index) => [
    `desired-state/${name}${index}.yaml`,
    manifest(index),
  ]);
  return Object.fromEntries(files);
}

async function measure(lab: Lab, containers: number, runs: number): Promise<Row> {
  const times: Record<Subject, number[]> = { floor: [], drift: [], reconcile: [], least: [], node: [] };
  for (let run = 0; run <= runs; run += 1) {
    for (const subject of Object.keys(SUBJECTS) as Subject[]) {
      const time = await timed(lab, SUBJECTS[subject]);
      // The first round warms caches and does not count.
      if (run > 0) times[subject].push(time);
    }
  }
  const medians = Object.fromEntries(Object.entries(times).map(([subject, list]) => [subject, median(list)]));
  const { maxRSS } = await probed(lab, "drift --quiet");
  return { containers, medians: medians as Row["medians"], memory: maxRSS / 1_024 };
}

async function probed(lab: Lab, command: string): Promise<{ maxRSS: number; cpu: number }> {
  await lab.sh(`NODE_OPTIONS="--require ${PROBE}" quadgate ${command} >/dev/null`, { reject: false });
  return JSON.parse(await lab.read("/home/homelab/probe.json"));
}

/**
 * Times one cache from `quadgate deploy` to verified, several times. Also times what podman and systemd alone
 * take to make its network and start its container until it is healthy.
 */
async function deployOne(lab: Lab, runs: number): Promise<void> {
  const deploys: number[] = [];
  const floors: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const name = `cache${run}`;
    const deploy = await timed(lab, `quadgate deploy ${name} --pattern cache-service --yes`);
    const services = `${name}.service ${name}-network.service`;
    await lab.sh(`systemctl --user stop ${services}; podman network rm --force systemd-${name}`);
    const floor = await timed(lab, `systemctl --user daemon-reload; systemctl --user start ${name}.service`);
    if (run === 0) continue;
    deploys.push(deploy);
    floors.push(floor);
  }
  print("");
  print("| one new cache | median |");
  print("|---|---|");
  print(`| from \`quadgate deploy\` to verified, commit and push included | ${ms(median(deploys))} |`);
  const floor = ms(median(floors));
  print(`| podman's and systemd's part: reload, network, container, first health check | ${floor} |`);
}

/** Measures the plan of a repository with this many instances, none of which is on the host yet. */
async function planMany(lab: Lab, instances: number): Promise<void> {
  const repo = await lab.bareRepo("many");
  await repo.commitAndPush(manifests(instances, "many"), `Ask for ${instances} instances`);
  const plan = `plan --repository ${repo.url} --state-dir /home/homelab/many`;
  const version = await probed(lab, "--version");
  const { cpu, maxRSS } = await probed(lab, plan);
  const steps = (await lab.quadgate([...plan.split(" "), "--verbose"], { timeoutMs: SYNC_LIMIT_MS })).stderr;
  const step = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(steps)?.[1] ?? "?";
  print("");
  print(`| \`quadgate plan\` of ${instances} new instances | |`);
  print("|---|---|");
  print(`| CPU time, podman and git not counted | ${(cpu / 1e6).toFixed(2)} s |`);
  print(`| of that, the start of the program | ${(version.cpu / 1e6).toFixed(2)} s |`);
  print(`| reading the manifests | ${step("manifest")} |`);
  print(`| rendering | ${step("render")} |`);
  print(`| comparing and planning, including podman's generator over the unit directory | ${step("plan")} |`);
  print(`| memory at most | ${Math.round(maxRSS / 1_024)} MB |`);
}

function printRows(rows: readonly Row[], runs: number): void {
  print(`Median of ${runs} runs, in turns; rootless, on a disposable host.\n`);
  print(
    "| containers | floor | floor within Node | × floor | drift | × floor " +
      "| reconcile, nothing to do | × floor | memory of drift |",
  );
  print("|---|---|---|---|---|---|---|---|---|");
  for (const { containers, medians, memory } of rows) {
    const { floor, least, drift, reconcile } = medians;
    const compared = [least, drift, reconcile].flatMap((time) => [ms(time), times(time, floor)]);
    print(`| ${[containers, ms(floor), ...compared, `${Math.round(memory)} MB`].join(" | ")} |`);
  }
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined || first === last) return;
  const each = (subject: Subject) =>
    ((last.medians[subject] - first.medians[subject]) / (last.containers - first.containers)).toFixed(2);
  print(
    `\nEach further container costs ${each("drift")} ms in drift and ${each("reconcile")} ms in reconcile;`,
  );
  print(
    `podman and systemd alone take ${each("floor")} ms of it. \`node -e 0\` takes ${ms(last.medians.node)}.`,
  );
}

const times = (value: number, floor: number) => (value / floor).toFixed(2);
const note = (text: string) => void process.stderr.write(`${text}\n`);

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number from 1 up is needed.");
  return Number(text);
}

await main();
