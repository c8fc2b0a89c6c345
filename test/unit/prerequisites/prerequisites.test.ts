import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { examineInstances } from "../../../src/inspect/doctor-instance.ts";
import { formatIssue } from "../../../src/model/issue.ts";
import { PREREQUISITES } from "../../../src/prerequisites/index.ts";
import { parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { quadgate, sync } from "../../support/fake-host/homelab.ts";
import { whyNoFakeHost } from "../../support/fake-host/index.ts";
import { runContainer } from "../../support/fake-host/run-container.ts";
import { BOX_PATTERN, box } from "../../support/flow-box.ts";

const PATTERN = { "patterns/box.yaml": BOX_PATTERN };

const homelab = fakeHomelab();

/** What a sync does and says, after a commit of these manifests. */
async function deploy(manifests: Readonly<Record<string, string>>, pattern = PATTERN) {
  const files = Object.entries(manifests).map(([name, text]) => [`desired-state/${name}.yaml`, text]);
  homelab.commit({ ...pattern, ...Object.fromEntries(files) });
  const report = await homelab.sync();
  return {
    ...report,
    issues: report.plan.issues.map(formatIssue),
    done: report.outcomes.map(({ unit, outcome }) => `${unit} ${outcome}`).sort(),
  };
}

describe.skipIf(whyNoFakeHost !== undefined)("a missing secret", () => {
  it("leaves its instance alone, and all others are deployed", async () => {
    const { issues, done } = await deploy({ box: box("values: { key: box-key }\n"), other: box() });
    expect(issues).toEqual([
      `desired-state/box.yaml:4:16: there is no podman secret "box-key" (Opens the box) (podman secret create box-key FILE, or a random one: openssl rand -hex 32 | tr -d '\\n' | podman secret create box-key -)`,
    ]);
    expect(done).toEqual(["boxes.network created", "other.container created"]);
    homelab.world.contents.secrets.add("box-key");
    expect((await homelab.sync()).outcomes.map(({ unit }) => unit)).toEqual(["box.container"]);
  });

  it("deletes, stops and changes nothing if the instance is already running", async () => {
    homelab.world.contents.secrets.add("box-key");
    await deploy({ box: box("values: { key: box-key }\n") });
    const before = await homelab.inventory();
    homelab.world.contents.secrets.clear();
    const { done, issues } = await deploy({ box: box("values: { key: box-key }\nenvironment: { A: b }\n") });
    expect(issues).toHaveLength(1);
    expect(done).toEqual([]);
    expect(homelab.world.containerNamed("box")?.status).toBe("running");
    expect((await homelab.inventory()).units).toEqual(before.units);
  });

  it("is reported at the line of the manifest that needs it", async () => {
    const { issues } = await deploy({ box: box("secrets:\n  - { name: other-key, target: A }\n") });
    expect(issues[0]).toMatch(/^desired-state\/box\.yaml:5:\d+: there is no podman secret "other-key"/);
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("a prerequisite that the host lacks", () => {
  it.each([
    ["device-missing", "values: { device: /dev/dri/renderD128 }\n"],
    ["source-not-there", "values: { library: /srv/library }\n"],
    ["source-not-there", 'volumes: ["/srv/x:/x:ro"]\n'],
    ["source-not-there", 'volumes: ["/srv/settings.json:/settings.json"]\n'],
    ["source-not-there", 'volumes: ["%t/some.sock:/some.sock"]\n'],
    ["network-missing", "quadlet: { Container: { Network: elsewhere } }\n"],
    ["mount-missing", "requireMount: [/mnt/pool]\n"],
    ["mount-missing", "requireMount: [~/pool]\n"],
    ["port-taken", 'publish: ["8080:80"]\n'],
    ["port-privileged", 'publish: ["80:80"]\n'],
  ])("is reported as %s for the manifest %j", async (code, more) => {
    homelab.world.files.put("/proc/net/tcp", "head\n 0: 00000000:1F90 00000000:0000 0A\n");
    homelab.world.files.put("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n");
    const { plan, done } = await deploy({ box: box(more), other: box() });
    expect(plan.issues.map((issue) => [issue.code, issue.instance])).toEqual([[code, "box"]]);
    expect(done).toContain("other.container created");
    expect(done.filter((row) => row.startsWith("box."))).toEqual([]);
  });

  it("matters only before the first deployment if the instance runs without it", async () => {
    await deploy({ box: box('publish: ["8080:80"]\n') });
    homelab.world.files.put("/proc/net/tcp", "head\n 0: 00000000:1F90 00000000:0000 0A\n");
    const { issues, done } = await deploy({ box: box('publish: ["8080:80"]\nenvironment: { A: b }\n') });
    expect(issues).toEqual([]);
    expect(done).toEqual(["box.container updated"]);
  });

  it("may come from the pattern's requirements", async () => {
    const requirements = `requirements:
  podman: "99.1"
  disk: 10G
  secrets: [{ name: extra, purpose: Something. }]
  devices: [{ path: /dev/net/tun, why: It tunnels. }, { path: /dev/kvm, why: It is faster., optional: true }]
  sysctls: [{ name: vm.max_map_count, min: 262144, why: It maps many files. }]
`;
    homelab.world.files.put("/proc/sys/vm/max_map_count", "65530\n");
    homelab.world.files.disks.set("/", { totalBytes: 9e9, freeBytes: 3e9, totalInodes: 1, freeInodes: 1 });
    const { plan } = await deploy(
      { box: box("values: { data: /srv/box }\n") },
      { "patterns/box.yaml": BOX_PATTERN + requirements },
    );
    expect(plan.issues.map(({ code }) => code).sort()).toEqual([
      "device-missing",
      "disk-short",
      "podman-too-old",
      "secret-missing",
      "sysctl-out-of-bounds",
    ]);
  });

  it("blocks nothing if it is only recommended, or no unit uses it", async () => {
    const optional = `requirements:
  sysctls: [{ name: vm.max_map_count, min: 262144, why: It maps many files., optional: true }]
`;
    homelab.world.files.put("/proc/sys/vm/max_map_count", "65530\n");
    const unused = "  spare: { type: secret, default: spare-key, description: Not used. }\n";
    const pattern = BOX_PATTERN.replace("parameters:\n", `parameters:\n${unused}`) + optional;
    const { issues, done } = await deploy({ box: box() }, { "patterns/box.yaml": pattern });
    expect(issues).toEqual([]);
    expect(done).toContain("box.container created");
  });

  it("is not missing if the repository provides it", async () => {
    homelab.commit({
      ...PATTERN,
      "files/settings.json": "{}",
      "desired-state/box.yaml": box(
        'files: [{ from: files/settings.json, to: /srv/box/settings.json }]\nvolumes: ["/srv/box/settings.json:/s:ro"]\n',
      ),
    });
    const { plan, outcomes } = await homelab.sync();
    expect(plan.issues).toEqual([]);
    expect(outcomes.every(({ outcome }) => outcome === "created")).toBe(true);
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("a folder that must be on a mounted disk", () => {
  const ON_DISK = (values: string) => box(`values: { requireMount: true, ${values} }\n`);
  const mounts = (...points: readonly string[]) =>
    points.map((point, index) => `${index} 1 8:${index} / ${point} rw - ext4 /dev/sd${index} rw\n`).join("");

  beforeEach(() => homelab.world.files.put("/proc/self/mountinfo", mounts("/", "/home/me", "/mnt/pool")));

  it.each([
    ["data: /mnt/pool/box", []],
    ["data: /srv/box", ["/srv/box is on the file system of /,"]],
    ["data: ~/box", ["/home/me/box is on the file system of /home/me,"]],
    ["data: /mnt/poolside", ["/mnt/poolside is on the file system of /,"]],
    // That it is not there, too, is no wonder.
    ["library: /srv/library", ["/srv/library is on the file system of /,"]],
    ["data: /srv/box, requireMount: false", []],
  ])("declared by %s is reported with %j", async (values, told) => {
    const manifest = values.includes("requireMount") ? box(`values: { ${values} }\n`) : ON_DISK(values);
    const { plan, done } = await deploy({ box: manifest });
    expect(plan.issues.map(({ code, message }) => [code, message.split(" so ")[0]])).toEqual(
      told.map((message) => ["mount-missing", message]),
    );
    expect(done.includes("box.container created")).toBe(told.length === 0);
    expect([...homelab.world.contents.folders.keys()]).toEqual(
      told.length === 0 ? [values.split(/[ ,]+/)[1]] : [],
    );
  });

  it("leaves a running instance alone once its disk is gone, and says how to fix that", async () => {
    await deploy({ box: ON_DISK("data: /mnt/pool/box") });
    homelab.world.contents.folders.clear();
    homelab.world.files.put("/proc/self/mountinfo", mounts("/"));
    const { issues, done } = await deploy({
      box: `${ON_DISK("data: /mnt/pool/box")}environment: { A: b }\n`,
    });
    expect(issues).toEqual([
      "desired-state/box.yaml:1:1: /mnt/pool/box is on the file system of /, so the disk it belongs on is not mounted (mount that disk; to see what is mounted: findmnt --target /mnt/pool/box)",
    ]);
    expect(done).toEqual([]);
    expect(homelab.world.containerNamed("box")?.status).toBe("running");
  });

  it("is left to /etc/fstab if that says which disk it is on", async () => {
    homelab.world.files.put("/etc/fstab", "UUID=2 /mnt/other btrfs noatime 0 0\n");
    const { issues } = await deploy({ box: ON_DISK("data: /mnt/other/box") });
    expect(issues).toEqual([
      expect.stringContaining("/mnt/other/box belongs on /mnt/other, which is in /etc/fstab"),
    ]);
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("the folders of an instance", () => {
  const DATA = box('values: { data: /srv/box, owner: "999:1000" }\n');

  it("are made before the start, once", async () => {
    await deploy({ box: DATA });
    expect([...homelab.world.contents.folders]).toEqual([
      ["/srv/box", { mode: "0750", owner: "999:1000", nocow: true, empty: true }],
    ]);
    const process = homelab.quadgate();
    await process.sync();
    expect(process.connection.effects.filter((effect) => effect.startsWith("folders."))).toEqual([]);
  });

  it("are never changed while they contain data, and empty ones only at the first deployment", async () => {
    const mine = { mode: "0700", owner: "0:0", nocow: false, empty: false };
    homelab.world.contents.folders.set("/srv/box", mine);
    await deploy({ box: DATA });
    expect(homelab.world.contents.folders.get("/srv/box")).toEqual(mine);
    homelab.world.contents.folders.set("/srv/box", { ...mine, empty: true });
    await deploy({ box: `${DATA}environment: { A: b }\n` });
    expect(homelab.world.contents.folders.get("/srv/box")).toEqual({ ...mine, empty: true });
    homelab.world.contents.folders.set("/srv/two", { ...mine, empty: true });
    await deploy({ box: DATA, two: DATA.replace("/srv/box", "/srv/two") });
    expect(homelab.world.contents.folders.get("/srv/two")?.owner).toBe("999:1000");
  });

  it("that disappear while the instance is deployed are not made again", async () => {
    await deploy({ box: DATA });
    homelab.world.contents.folders.clear();
    const { issues, done } = await deploy({ box: `${DATA}environment: { A: b }\n` });
    expect(issues).toEqual([expect.stringContaining("/srv/box, where box has kept its data, is gone")]);
    expect(done).toEqual([]);
    expect(homelab.world.contents.folders.size).toBe(0);
  });

  it("are complete or absent whenever quadgate dies, and the next sync finishes them", async () => {
    homelab.commit({ ...PATTERN, "desired-state/box.yaml": DATA });
    const whole = quadgate(homelab.world.fork(), homelab.repository);
    await whole.sync();
    const count = whole.connection.effects.length;
    expect(whole.connection.effects).toContainEqual(expect.stringMatching(/^folders\.make/));
    for (let at = 1; at <= count; at += 1) {
      const machine = homelab.world.fork();
      const faults = { fault: "dies", at, among: "effects" } as const;
      await quadgate(machine, homelab.repository, { faults })
        .sync()
        .catch(() => undefined);
      await machine.idle();
      await sync(machine, homelab.repository);
      expect(machine.contents.folders.get("/srv/box")?.owner, `died at effect ${at}`).toBe("999:1000");
      expect(machine.containerNamed("box")?.status, `died at effect ${at}`).toBe("running");
    }
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("the command doctor INSTANCE", () => {
  const rows = async (...names: string[]) => {
    const found = await examineInstances(homelab.quadgate().context, names, undefined);
    return found.map(({ instance, checks }) => ({
      instance,
      checks: checks.map(({ check, status }) => `${status} ${check}`),
    }));
  };

  it("shows everything that the instance needs, met or not", async () => {
    homelab.world.contents.secrets.add("box-key");
    homelab.world.contents.images.set("docker.io/library/busybox:1.37", "sha256:abc");
    homelab.commit({
      ...PATTERN,
      "desired-state/box.yaml": box(
        "values: { data: /srv/box, key: box-key, library: /srv/library }\nimage: docker.io/library/busybox:1.37\n",
      ),
    });
    expect(await rows("box")).toEqual([
      {
        instance: "box",
        checks: [
          "ok manifest",
          "ok image docker.io/library/busybox:1.37",
          "ok secret box-key",
          "ok network systemd-boxes",
          "failed source /srv/library",
          "ok folder /srv/box",
          "failed lingering",
          "failed subuids",
          "failed subgids",
        ],
      },
    ]);
  });

  it("shows errors of the manifest, unavailable images, and all instances of a stack", async () => {
    homelab.commit({
      ...PATTERN,
      "desired-state/bad.yaml": "pattern: box\nport: 0\n",
      "desired-state/two.yaml":
        "shared: { pattern: box }\nservices:\n  a: {}\n  b: { image: docker.io/none:1 }\n",
    });
    expect((await rows("bad"))[0]?.checks[0]).toBe("failed manifest");
    expect((await rows("two")).map(({ instance, checks }) => `${instance}: ${checks[1]}`)).toEqual([
      "two-a: failed image docker.io/library/busybox:1.37",
      "two-b: failed image docker.io/none:1",
    ]);
    await expect(rows("nobody")).rejects.toMatchObject({ reason: "bad-usage" });
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("files that two containers relabel", () => {
  const raw = (name: string, label: string, service = "") => ({
    [`desired-state/${name}.container`]: `[Container]\nImage=docker.io/x:1\nVolume=/srv/x:/x:${label}\n${service}`,
  });
  const push = async (...files: readonly Readonly<Record<string, string>>[]) => {
    homelab.commit(Object.assign({}, ...files));
    const { plan } = await homelab.sync();
    return {
      left: plan.issues.map(({ code, instance }) => `${instance} ${code}`).toSorted(),
      warned: plan.warnings.map(({ code }) => code),
    };
  };
  const alone = raw("one", "Z");

  it("are a warning without SELinux, and keep both as they are with it", async () => {
    expect(await push(alone, raw("two", "z"))).toEqual({ left: [], warned: ["label-conflict"] });
    homelab.world.files.put("/sys/fs/selinux/enforce", "1");
    expect(await push(alone, raw("two", "Z"))).toMatchObject({
      left: ["one label-taken", "two label-taken"],
    });
  });

  it("keep nobody back if one of them is a oneshot, or if all share the label", async () => {
    homelab.world.files.put("/sys/fs/selinux/enforce", "1");
    expect(await push(alone, raw("two", "z", "[Service]\nType=oneshot\n"))).toMatchObject({ left: [] });
    expect(await push(raw("one", "z"), raw("two", "z"))).toEqual({ left: [], warned: [] });
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("a container name that another instance uses", () => {
  const THIEF = { "desired-state/thief.container": "[Container]\nContainerName=box\nImage=docker.io/x:1\n" };
  const push = async (files: Readonly<Record<string, string>>) => {
    homelab.commit({ ...PATTERN, ...files });
    const { plan, outcomes } = await homelab.sync();
    return [...plan.issues.map(formatIssue), ...outcomes.map(({ unit, outcome }) => `${unit} ${outcome}`)];
  };

  it("leaves both instances as they are", async () => {
    await deploy({ box: box() });
    expect(await push({ ...THIEF, "desired-state/box.yaml": box() })).toEqual([
      `desired-state/box.yaml:1:1: box.container and thief.container name their container "box"; whichever starts last removes the one before it (each needs a name of its own)`,
    ]);
    expect(homelab.world.containerNamed("box")?.status).toBe("running");
  });

  const run = (service: string, name = "box") => {
    const words = ["podman", "run", "--name", name, "docker.io/y:1"];
    const call = parsePodman(words);
    if (call === undefined) throw new Error("no podman command");
    return runContainer(homelab.world, { service, words, text: "" }, call);
  };

  it("keeps back a new instance if a container not made by quadgate has the name", async () => {
    const taken = (maker: string) => [
      `desired-state/thief.container:2: the container "box" ${maker}, not by quadgate (choose another name, or remove the container first: podman rm --force box)`,
    ];
    run("");
    expect(await push(THIEF)).toEqual(taken("was made by hand"));
    const { id } = run("mine.service");
    expect(await push(THIEF)).toEqual(taken("was made by mine.service"));
    expect(homelab.world.containerNamed("box")?.id).toBe(id);
    run("thief.service");
    expect(await push(THIEF)).toEqual(["thief.container created"]);
    run("");
    expect(await push(THIEF)).toEqual(["thief.container restarted"]);
  });

  it("keeps back a deployed unit, too, if it takes a new name that is in use", async () => {
    await push(THIEF);
    const { id } = run("", "mine");
    const renamed = THIEF["desired-state/thief.container"].replace("=box", "=mine");
    expect(await push({ "desired-state/thief.container": renamed })).toEqual([
      'desired-state/thief.container:2: the container "mine" was made by hand, not by quadgate (choose another name, or remove the container first: podman rm --force mine)',
    ]);
    expect(homelab.world.containerNamed("mine")?.id).toBe(id);
    expect(homelab.world.containerNamed("box")?.status).toBe("running");
    run("");
    expect(await push(THIEF)).toEqual(["thief.container restarted"]);
  });

  it("keeps back pods whose name a foreign pod has, including those of YAML", async () => {
    const taken = (file: string, maker: string) =>
      `desired-state/${file}: the pod "app" ${maker}, not by quadgate (choose another name, or remove the pod first: podman pod rm --force app)`;
    homelab.world.files.put(
      "/srv/app.yaml",
      "kind: Pod\nmetadata: { name: app }\nspec: { containers: [] }\n",
    );
    homelab.world.contents.pods.set("app", { Name: "app" });
    const POD = { "desired-state/one.pod": "[Pod]\nPodName=app\n" };
    expect(await push(POD)).toEqual([taken("one.pod:2", "was made by hand")]);
    homelab.world.contents.pods.set("app", { Name: "app", Labels: { PODMAN_SYSTEMD_UNIT: "mine.service" } });
    expect(await push(POD)).toEqual([taken("one.pod:2", "was made by mine.service")]);
    homelab.world.contents.pods.set("app", { Name: "app", InfraContainerID: "there is none" });
    expect(await push({ "desired-state/one.kube": "[Kube]\nYaml=/srv/app.yaml\n" })).toEqual([
      taken("one.kube:2", "was made by hand"),
    ]);
  });

  it("keeps the new instance back while the old one has errors, or is only removed from git", async () => {
    await deploy({ box: box() });
    const taken =
      'desired-state/thief.container:2: the container "box" belongs to the instance box, which stays as it is (choose another name, or remove the instance box first)';
    const seen = await push({ ...THIEF, "desired-state/box.yaml": "pattern: box\nport: 0\n" });
    expect(seen.filter((line) => /thief/.test(line))).toEqual([taken]);
    expect(await push({ ...THIEF, "quadgate.yaml": "prune: { enabled: false }\n" })).toEqual([taken]);
    expect(homelab.world.containerNamed("box")?.status).toBe("running");
  });
});

describe("docs/storage.md", () => {
  it("lists every prerequisite with its meaning and when it blocks", () => {
    const page = readFileSync(new URL("../../../docs/storage.md", import.meta.url), "utf8").replaceAll(
      / +\|/g,
      " |",
    );
    const words = { always: "always", first: "the first deployment", never: "never" };
    const rows = Object.entries(PREREQUISITES).map(
      ([code, { blocks, meaning }]) => `| \`${code}\` | ${meaning} | ${words[blocks]} |`,
    );
    expect(page).toContain(`${rows.join("\n")}\n\n`);
  });
});
