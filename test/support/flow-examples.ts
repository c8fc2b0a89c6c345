import { beforeAll, expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import type { MountRule } from "../../src/model/host-requirements.ts";
import type { ExampleManifest } from "../../src/model/pattern.ts";
import type { Unit } from "../../src/model/unit.ts";
import type { Flavour } from "../lab/harness/recipe.ts";
import { CONTEXT } from "../unit/render/builder.ts";
import { EXAMPLES, renderExample, type ShippedExample } from "./examples.ts";
import { describeHomelab, fieldsWith, HEALTHY, type Homelab } from "./flow-homelab.ts";

const HOME = "/home/homelab";
/** As many as one small machine starts at once without the health checks getting slow. */
const BATCH = 7;
const README = { "README.md": "A homelab.\n" };

/** An example of a shipped pattern, ready to be deployed. */
export interface ExampleCase {
  readonly title: string;
  readonly name: string;
  /** The example and its companions. */
  readonly manifests: readonly ExampleManifest[];
  /** What they render to here. */
  readonly units: readonly Unit[];
  /** Folders that quadgate does not make, or that somebody else fills. */
  readonly given: readonly string[];
}

/** Every example of every shipped pattern. */
export const EXAMPLE_CASES: readonly ExampleCase[] = EXAMPLES.map(caseOf);

function caseOf({ title, example }: ShippedExample): ExampleCase {
  const { units, mounts } = renderExample(example, { ...CONTEXT, home: HOME });
  const manifests = [example, ...example.companions];
  return { title, name: example.name, manifests, units, given: givenFolders(units, mounts) };
}

/** Examples in batches that can run on one host: no two in a batch ask for the same instance, hostname or port. */
export function batchesOf(cases: readonly ExampleCase[]): readonly (readonly ExampleCase[])[] {
  const result: ExampleCase[][] = [];
  for (const one of cases) {
    const fitting = result.find(
      (batch) => batch.length < BATCH && batch.every((other) => !collide(one, other)),
    );
    if (fitting === undefined) result.push([one]);
    else fitting.push(one);
  }
  return result;
}

function collide(one: ExampleCase, other: ExampleCase): boolean {
  const claims = ({ manifests, units }: ExampleCase) => [
    ...manifests.flatMap(({ name, instance }) => [name, instance.spec.hostname ?? name]),
    ...valuesOf(units, "PublishPort"),
  ];
  return claims(one).some((claim) => claims(other).includes(claim));
}

function valuesOf(units: readonly Unit[], key: string): readonly string[] {
  const expression = new RegExp(`^${key}=(.*)$`, "gm");
  return units.flatMap(({ content }) => [...content.matchAll(expression)].map((match) => match[1] ?? ""));
}

/** The files of a homelab that is nothing but these examples. JSON is YAML. */
function repository(batch: readonly ExampleCase[]): Record<string, string> {
  const manifests = batch.flatMap((one) => one.manifests);
  return Object.fromEntries(
    manifests.map(({ name, manifest }) => [`desired-state/${name}.yaml`, JSON.stringify(manifest)]),
  );
}

const first = (text: string, separator: string) => text.slice(0, `${text}${separator}`.indexOf(separator));

function givenFolders(units: readonly Unit[], mounts: readonly MountRule[]): readonly string[] {
  return units.flatMap((unit) =>
    valuesOf([unit], "Volume").flatMap((volume) => {
      const [source = "", target, options = ""] = volume.replace("%h", HOME).split(":");
      const rule = mounts.find((mount) => mount.unit === unit.name && mount.target === target);
      const given = rule?.missing === "refuse" || options.split(",").includes("ro");
      return given && /^\/./.test(source) ? [source] : [];
    }),
  );
}

/** What the examples say must be there: secrets, devices, folders with something in them, low ports for everybody. */
async function prepare(home: Homelab, batch: readonly ExampleCase[]): Promise<void> {
  const units = batch.flatMap((one) => one.units);
  const secrets = new Set(valuesOf(units, "Secret").map((value) => first(value, ",")));
  const devices = new Set(valuesOf(units, "AddDevice").map((value) => first(value, ":")));
  const folders = new Set(batch.flatMap(({ given }) => given));
  const asRoot = [
    "echo 80 >/proc/sys/net/ipv4/ip_unprivileged_port_start",
    ...[...devices].map((path) => `mkdir -p "$(dirname ${path})"; mknod -m 666 ${path} c 1 3`),
    ...[...folders].map((path) => `mkdir -p ${path}; echo Hello >${path}/index.html`),
    `chown -R homelab: ${HOME} /srv /mnt`,
  ];
  await home.lab.sh(asRoot.join("\n"), { user: "root" });
  const asUser = [
    `mkdir -p ${home.unitDir}; systemctl --user start podman-user-wait-network-online.service`,
    ...[...secrets].map((name) => `printf hush | podman secret create ${name} -`),
  ];
  await home.sh(asUser.join("\n"));
}

/** The volumes but for those without a name, which images ask for and which go with their container. */
async function namedVolumes(home: Homelab): Promise<readonly string[]> {
  const names = (await home.podman("volume", "ls", "-q")).split("\n");
  return names.filter((name) => !/^[0-9a-f]{64}$/.test(name)).toSorted();
}

/** What must be the same before and after: everything but quadgate's own records, and the data in volumes. */
const traces = (home: Homelab) =>
  home.lab.snapshot({ ignore: /\.local\/state\/quadgate|systemd-\S+ local |netavark-dhcp-proxy/ });

/**
 * Describes the life of examples on one host: they are deployed, healthy and free of drift, and go again without a trace
 * but their data. `between` adds tests while they run.
 */
export function describeExamples(
  batch: readonly ExampleCase[],
  { flavour, between }: { flavour?: Flavour; between?: (home: () => Homelab) => void } = {},
): void {
  const units = batch.flatMap((one) => one.units);
  const options = {
    files: README,
    settings: `${HEALTHY}prune: { maxFraction: 1 }\n`,
    ...(flavour && { lab: { flavour } }),
  };
  describeHomelab(`the examples ${batch.map(({ name }) => name).join(", ")} on one host`, options, (home) => {
    let before = "";
    beforeAll(async () => {
      await prepare(home(), batch);
      before = await traces(home());
    });

    test("are deployed in one sync and verified", async () => {
      const answer = await home().deploy(repository(batch), "Deploy the examples");
      const problems = answer.stderr.split("\n").filter((line) => /^(error|✗)/.test(line));
      expect(problems).toEqual([]);
      expect(answer).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    });

    test.each(batch)("include $title, running, and healthy if it has a check", async (one) => {
      const containers = one.units.filter(({ kind }) => kind === "container");
      const names = containers.map(({ name }) => name.replace(/\.container$/, ""));
      const inspected = JSON.parse(await home().podman("container", "inspect", ...names));
      const states = inspected.map(
        ({ Name, State }: { Name: string; State: { Status: string; Health?: { Status: string } } }) =>
          `${Name} ${State.Status} ${State.Health?.Status ?? ""}`,
      );
      const expected = containers.map(({ content }, index) => {
        const checked = /^HealthCmd=(?!none$)/m.test(content);
        return `${names[index]} running ${checked ? "healthy" : ""}`;
      });
      expect(states.toSorted()).toEqual(expected.toSorted());
    });

    test("have no drift right after their deployment", async () => {
      const { exitCode, document } = await home().ask<DriftReport>("drift");
      expect(fieldsWith(document)).toEqual([]);
      expect(exitCode).toBe(0);
    });

    between?.(home);

    test("leave nothing but their data once git no longer has them", async () => {
      const volumes = await namedVolumes(home());
      const gone = Object.fromEntries(Object.keys(repository(batch)).map((path) => [path, null]));
      const answer = await home().deploy(gone, "Remove the examples", "--allow-empty");
      expect(answer).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await traces(home())).toBe(before);
      expect(await namedVolumes(home())).toEqual(volumes);
      const left = units.filter(({ kind }) => kind === "file").map(({ name }) => name);
      expect(await home().sh(`ls -d ${[...left, "/dev/null"].join(" ")} 2>/dev/null || true`)).toBe(
        "/dev/null",
      );
    });
  });
}
