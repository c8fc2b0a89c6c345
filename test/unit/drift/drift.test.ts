import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unit } from "../../../src/model/unit.ts";
import { driftOf, type RecordedDrift } from "../../support/recorded-drift.ts";
import {
  differing,
  fieldsOf,
  onlyField,
  type Recorded,
  recorded,
  withContainer,
  withDesired,
  withLive,
  withService,
} from "./host.ts";

const VERSIONS: readonly Recorded[] = ["5.4", "5.8"];
const RICH = "rich.container";

interface Inspect {
  Name: string;
  Image: string;
  ImageName: string;
  BoundingCaps: string[];
  Mounts: { Destination: string; Source: string; RW: boolean }[];
  State: { Status: string; Health: { Status: string } };
  NetworkSettings: { Networks: Record<string, { IPAddress: string; NetworkID: string; Aliases: string[] }> };
  HostConfig: {
    Memory: number;
    NanoCpus: number;
    PortBindings: Record<string, unknown>;
    ReadonlyRootfs: boolean;
  };
  Config: {
    Env: string[];
    Cmd: string[];
    User: string;
    Labels: Record<string, string>;
    CreateCommand: string[] | null;
    Healthcheck: { Retries: number; Test: string[] };
  };
}

/** The host with another line in a unit, and in what was made of it. */
function everywhere(from: string, to: string, host: RecordedDrift): RecordedDrift {
  const edit = (text: string) => text.replaceAll(from, to);
  const input = withDesired(host, RICH, edit);
  return withLive(input, {
    generated: new Map([...host.live.generated].map(([name, text]) => [name, edit(text)])),
    files: new Map(
      [...host.live.files].map(([name, file]) => [name, { ...file, content: edit(file.content) }]),
    ),
  });
}

const changed = (change: (container: Inspect) => void, version: Recorded = "5.4") =>
  withContainer(recorded(version), change);

describe.each(VERSIONS)("an untouched host with podman %s", (version) => {
  test("has no drift", () => {
    expect(differing(recorded(version))).toEqual([]);
    expect(driftOf(recorded(version)).summary).toEqual({ instances: 4, match: 4, drift: 0, warning: 0 });
  });

  test("has no drift in whatever order the generator writes flags", () => {
    const host = recorded(version);
    const flags = / --(?:tz|shm-size|dns-search|add-host|group-add|hostname|stop-timeout) \S+/g;
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    const shuffle = (text: string, places: readonly number[]) => {
      const found = text.match(flags) ?? [];
      let index = 0;
      return text.replace(flags, () => found[places[index++] ?? 0] ?? "");
    };
    fc.assert(
      fc.property(order, order, (one, other) => {
        const generated = new Map(host.live.generated);
        generated.set("rich.service", shuffle(generated.get("rich.service") ?? "", one));
        const input = withLive(
          withDesired(host, "none", (text) => text),
          { generated },
        );
        const service = host.generated.services.get("rich.service");
        if (service === undefined) throw new Error("there is no rich.service");
        const services = new Map(host.generated.services);
        services.set("rich.service", { ...service, text: shuffle(service.text, other) });
        expect(differing({ ...input, generated: { ...host.generated, services } })).toEqual([]);
      }),
    );
  });

  test("lists image, networks, unit and state of a container, and their values", () => {
    const report = driftOf(recorded(version));
    const texts = new Map(fieldsOf(report, RICH).map(({ field, desired }) => [field, desired]));
    expect(texts.get("image")).toBe("docker.io/library/busybox:1.37");
    expect(texts.get("networks")).toBe("reverse_proxy (ip=10.89.2.81), monitoring");
    expect(texts.get("memory")).toBe("1.8G, high 48M");
    expect(texts.get("traefik")).toBe("security-headers@file, rate-limit@file");
    expect([...texts.keys()]).toEqual(expect.arrayContaining(["unit", "loaded", "state", "made-from"]));
  });
});

test("a container made by an older podman is not drift for a newer one", () => {
  const [older, newer] = [recorded("5.4"), recorded("5.8")];
  const { containers, networks, images, volumes, secrets } = older.live;
  expect(differing(withLive(newer, { containers, networks, images, volumes, secrets }))).toEqual([]);
});

const LIVE_CHANGES: readonly (readonly [field: string, change: (c: Inspect) => unknown])[] = [
  ["networks", (c) => delete c.NetworkSettings.Networks["systemd-monitoring"]],
  ["image", (c) => (c.Image = "0".repeat(64))],
  ["image", (c) => (c.ImageName = "docker.io/library/other:1")],
  ["memory", (c) => (c.HostConfig.Memory = 64 * 1024 ** 2)],
  ["cpu", (c) => (c.HostConfig.NanoCpus = 5e8)],
  ["health", (c) => (c.Config.Healthcheck.Retries = 9)],
  ["health", (c) => (c.Config.Healthcheck.Test = ["NONE"])],
  ["environment", (c) => c.Config.Env.push("TZ=UTC")],
  ["command", (c) => (c.Config.Cmd = ["sleep", "1"])],
  ["labels", (c) => delete c.Config.Labels["io.quadgate.instance"]],
  ["name", (c) => (c.Name = "poor")],
  ["state", (c) => (c.State.Status = "paused")],
  ["state", (c) => (c.State.Health.Status = "unhealthy")],
  ["ports", (c) => delete c.HostConfig.PortBindings["80/tcp"]],
  ["security", (c) => (c.HostConfig.ReadonlyRootfs = false)],
  ["capabilities", (c) => (c.BoundingCaps = ["CAP_NET_ADMIN", "CAP_KILL"])],
  ["volumes", (c) => (c.Mounts = c.Mounts.filter(({ Destination }) => Destination !== "/vol"))],
  [
    "volumes",
    (c) => {
      for (const mount of c.Mounts) if (mount.Destination.startsWith("/cfg")) mount.RW = true;
    },
  ],
];

describe("a change of the live container", () => {
  test.each(LIVE_CHANGES)("shows in %s and nowhere else", (field, change) => {
    for (const version of VERSIONS) expect(differing(changed(change, version))).toEqual([`${RICH} ${field}`]);
  });

  test("distinguishes a static address, an alias and a replaced network", () => {
    const networks = (change: (network: Inspect["NetworkSettings"]["Networks"][string]) => void) =>
      onlyField(
        changed((container) => {
          const network = container.NetworkSettings.Networks["systemd-reverse_proxy"];
          if (network) change(network);
        }),
      );
    expect(networks((network) => (network.IPAddress = "10.89.2.9"))).toMatchObject({
      field: "networks",
      live: "reverse_proxy (ip=10.89.2.9), monitoring",
    });
    expect(networks((network) => (network.NetworkID = "f".repeat(64))).message).toMatch(
      /removed and created again/,
    );
    expect(networks((network) => (network.Aliases = ["other"]))).toMatchObject({
      field: "aliases",
      diff: [
        { path: "aliases.reverse_proxy/other", from: null, to: "other" },
        { path: "aliases.reverse_proxy/richie", from: "richie", to: null },
      ],
    });
  });

  test("that podman makes by itself is not drift", () => {
    const input = changed((container) => {
      container.Config.Env.push("HOME=/root", "http_proxy=http://x", "API_KEY=*******");
      container.Config.Labels["io.buildah.version"] = "1";
      container.NetworkSettings.Networks["systemd-monitoring"]?.Aliases.push("richhost", "rich");
    });
    expect(differing(input)).toEqual([]);
  });

  test("is not looked for if a stopped container shows no address", () => {
    const input = changed((container) => {
      for (const network of Object.values(container.NetworkSettings.Networks)) network.IPAddress = "";
    });
    expect(differing(input)).toEqual([]);
  });
});

describe("systemctl set-property", () => {
  const control = "/home/homelab/.config/systemd/user.control/rich.service.d";

  test("is named as the cause of a changed limit, and only the limit reports it", () => {
    const input = withService(recorded("5.4"), "rich.service", {
      memoryMax: 6 * 1024 ** 3,
      dropInPaths: [`${control}/50-MemoryMax.conf`],
    });
    expect(onlyField(input)).toMatchObject({
      field: "memory",
      desired: "1.8G",
      live: "6G",
      message: "systemctl set-property",
      cause: "live",
      diff: [{ path: "memory.max", from: "1.8G", to: "6G" }],
    });
    const suggestions = driftOf(input).instances.flatMap(({ units }) =>
      units.flatMap((unit) => unit.suggestions.map(({ text }) => text)),
    );
    expect(suggestions).toEqual(["quadgate reconcile rich.container"]);
  });

  test("back to the declared value is not drift", () => {
    const dropInPaths = [`${control}/50-MemoryMax.conf`];
    expect(differing(withService(recorded("5.4"), "rich.service", { dropInPaths }))).toEqual([]);
  });

  test("of a limit that systemd has a default for is reported if the unit declares none", () => {
    const set = (tasksMax: number | null) =>
      withService(undeclared, "rich.service", { tasksMax, dropInPaths: [`${control}/50-TasksMax.conf`] });
    const undeclared = everywhere("TasksMax=77", "", recorded("5.4"));
    const found = { field: "tasks", desired: "default", message: "systemctl set-property", cause: "live" };
    expect(differing(undeclared)).toEqual([]);
    expect(onlyField(set(33))).toMatchObject({ ...found, live: "33" });
    expect(onlyField(set(null))).toMatchObject({ ...found, live: "unlimited" });
  });

  test("of an undeclared weight shows the declared side as not set", () => {
    const weighed = withService(recorded("5.4"), "rich.service", {
      startupIoWeight: 50,
      dropInPaths: [`${control}/50-StartupIOWeight.conf`],
    });
    expect(onlyField(weighed)).toMatchObject({ field: "io", desired: "startup weight not set" });
  });

  test("does not hide that a drop-in for all services replaces systemd's default limit too", () => {
    const path = "/home/homelab/.config/systemd/user/service.d/all.conf";
    const undeclared = withService(everywhere("TasksMax=77", "", recorded("5.4")), "rich.service", {
      tasksMax: 33,
      dropInPaths: [path],
    });
    const saying = (text: string) => withLive(undeclared, { inputs: new Map([[path, text]]) });
    expect(differing(undeclared)).toEqual([]);
    expect(differing(saying("[Service]\n# TasksMax=33\nMemoryMin=0\nTasksMax=\n"))).toEqual([]);
    expect(onlyField(saying("[Service]\nTasksMax=33\n"))).toMatchObject({
      field: "tasks",
      desired: "default",
      live: "33",
      message: `drop-in ${path}`,
      cause: "override",
    });
  });

  test("of a limit that is declared in percent is reported", () => {
    const percent = everywhere("TasksMax=77", "TasksMax=50%", recorded("5.4"));
    expect(differing(percent)).toEqual([]);
    const dropInPaths = [`${control}/50-TasksMaxScale.conf`];
    expect(onlyField(withService(percent, "rich.service", { dropInPaths }))).toMatchObject({
      field: "tasks",
      desired: "50%",
      live: "77",
      message: "systemctl set-property",
    });
  });

  test("of a limit counts as a drop-in if this kind of unit has no limits that are compared", () => {
    const path = "/home/homelab/.config/systemd/user.control/monitoring-network.service.d/50-MemoryMax.conf";
    const limited = withService(recorded("5.4"), "monitoring-network.service", { dropInPaths: [path] });
    const fields = fieldsOf(driftOf(limited), "monitoring.network");
    expect(fields.filter(({ status }) => status !== "match")).toMatchObject([
      { field: "loaded", live: "changed by a drop-in", message: `drop-in ${path}`, cause: "override" },
    ]);
  });

  test("of something that no row shows counts as a drop-in", () => {
    const dropInPaths = [`${control}/50-IPAccounting.conf`];
    expect(onlyField(withService(recorded("5.4"), "rich.service", { dropInPaths })).field).toBe("loaded");
  });
});

describe("the service of a unit", () => {
  test.each([
    [{ loadState: "masked", fragmentPath: "/x" }, "loaded", "masked"],
    [{ fragmentPath: "/etc/systemd/user/rich.service" }, "loaded", "shadowed"],
    [{ dropInPaths: ["/etc/systemd/user/rich.service.d/a.conf"] }, "loaded", "changed by a drop-in"],
  ])("with %j is reported in %s", (change, field, live) => {
    expect(onlyField(withService(recorded("5.4"), "rich.service", change))).toMatchObject({ field, live });
  });

  test("may have drop-ins of the distribution and those for all services", () => {
    const dropInPaths = [
      "/usr/lib/systemd/user/service.d/10-timeout-abort.conf",
      "/etc/systemd/user/service.d/x.conf",
      "/run/user/1000/systemd/generator/rich.service.d/x.conf",
    ];
    expect(differing(withService(recorded("5.4"), "rich.service", { dropInPaths }))).toEqual([]);
  });

  test("that is stopped shows only in its state, since its container is gone", () => {
    const stopped = { activeState: "inactive", subState: "dead", mainPid: 0 };
    const input = withLive(withService(recorded("5.4"), "rich.service", stopped), { containers: [] });
    expect(onlyField(input)).toMatchObject({ field: "state", desired: "running", live: "inactive" });
  });

  test("that is starting is a warning", () => {
    const starting = withService(recorded("5.4"), "rich.service", {
      activeState: "activating",
      subState: "start",
    });
    expect(differing(starting)).toEqual([`${RICH} (state)`]);
    expect(driftOf(starting).summary).toMatchObject({ warning: 1, drift: 0 });
  });

  test("of a network may be inactive while the network exists, but the network may not be missing", () => {
    const input = withService(recorded("5.4"), "monitoring-network.service", { activeState: "inactive" });
    expect(differing(input)).toEqual([]);
    const networks = input.live.networks.filter((network) =>
      JSON.stringify(network).includes("reverse_proxy"),
    );
    expect(differing(withLive(input, { networks }))).toEqual(["monitoring.network state"]);
  });
});

describe("files on the host", () => {
  test("that were edited, removed or linked are distinguished", () => {
    const host = recorded("5.4");
    const file = host.live.files.get(RICH);
    if (file === undefined) throw new Error("there is no file");
    const withFile = (content: string, symlink = false) =>
      withLive(host, { files: new Map(host.live.files).set(RICH, { ...file, content, symlink }) });
    expect(onlyField(withFile(file.content.replace("Nice=5", "Nice=6")))).toMatchObject({
      field: "unit",
      cause: "file",
      message: "the file was edited: Nice",
    });
    expect(onlyField(withFile(`${file.content}# a note\n`)).message).toBe(
      "the file was edited: comments or layout",
    );
    expect(differing(withFile(file.content, true))).toEqual([]);
    const files = new Map([...host.live.files].filter(([name]) => name !== RICH));
    expect(onlyField(withLive(host, { files }))).toMatchObject({ field: "unit", live: "missing" });
  });

  test("that git does not have change a unit if they are its drop-ins", () => {
    const host = recorded("5.4");
    const name = `${RICH}.d/9.conf`;
    const file = { name, path: `/x/${name}`, content: "[Container]\n", mode: 0o644, symlink: false };
    const input = withLive(host, { files: new Map(host.live.files).set(name, file) });
    expect(onlyField(input).message).toContain(name);
  });

  test("that are not Quadlets are compared byte for byte", () => {
    const host = recorded("5.4");
    const unit: Unit = {
      ...(host.units[0] as Unit),
      name: "/etc/route.yml",
      kind: "file",
      instance: "r",
      content: "a",
    };
    const input = { ...host, units: [...host.units, unit] };
    expect(differing(input)).toEqual(["/etc/route.yml unit"]);
    const file = { name: unit.name, path: unit.name, content: "a", mode: 0o644, symlink: false };
    expect(differing(withLive(input, { files: new Map(host.live.files).set(unit.name, file) }))).toEqual([]);
  });

  test("that are not Quadlets must have the declared mode; other files need not", () => {
    const host = recorded("5.4");
    const route: Unit = {
      ...(host.units[0] as Unit),
      name: "/etc/route.yml",
      kind: "file",
      instance: "r",
      content: "a",
      mode: "0600",
    };
    const withMode = (mode: number) => {
      const file = { name: route.name, path: route.name, content: "a", mode, symlink: false };
      return withLive(
        { ...host, units: [...host.units, route] },
        {
          files: new Map(
            [...host.live.files, [route.name, file] as const].map(([name, one]) => [name, { ...one, mode }]),
          ),
        },
      );
    };
    expect(differing(withMode(0o600))).toEqual([]);
    const drifted = withMode(0o666);
    expect(differing(drifted)).toEqual(["/etc/route.yml unit"]);
    expect(fieldsOf(driftOf(drifted), route.name)[0]).toMatchObject({
      status: "drift",
      desired: "0600",
      live: "0666",
      message: "the mode was changed",
      diff: [{ path: "unit.mode", from: "0600", to: "0666" }],
    });
  });

  test("that podman's generator refuses are a warning", () => {
    const host = recorded("5.4");
    const services = new Map([...host.generated.services].filter(([, { unit }]) => unit !== RICH));
    const input = { ...host, generated: { ...host.generated, services } };
    expect(onlyField(input)).toMatchObject({ field: "unit", status: "warning", cause: "unobservable" });
  });
});

describe("a unit whose text differs from what its container was made from", () => {
  test("shows drift in the fields that changed", () => {
    const edit = (from: string, to: string) =>
      withDesired(recorded("5.4"), RICH, (text) => text.replaceAll(from, to));
    const fields = (input: RecordedDrift) => differing(input).map((text) => text.replace(`${RICH} `, ""));
    expect(fields(edit("GREETING=", "GREETED="))).toEqual(["environment", "loaded", "unit"]);
    expect(fields(edit("busybox:1.37", "busybox:1.36"))).toEqual(["image", "loaded", "unit"]);
    expect(fields(edit("MemoryHigh=48M", "MemoryHigh=50M"))).toEqual(["memory", "loaded", "unit"]);
    expect(fields(edit("64m", "32m"))).toEqual(["shm", "loaded", "unit"]);
    expect(fields(edit("security-headers@file", "other@file"))).toEqual(["(traefik)", "loaded", "unit"]);
  });

  test("names a missing middleware", () => {
    const input = withDesired(recorded("5.4"), RICH, (text) =>
      text.replaceAll("rate-limit@file", "authelia@file"),
    );
    const field = fieldsOf(driftOf(input), RICH).find((found) => found.field === "traefik");
    expect(field?.message).toMatch(/^middleware authelia@file missing/);
  });

  test("shows no drift if the label with the text's digest alone differs, as after a changed description", () => {
    const input = changed((container) => {
      container.Config.CreateCommand =
        container.Config.CreateCommand?.map((word) => word.replace("unit-digest=0123", "unit-digest=old")) ??
        null;
    });
    expect(differing(input)).toEqual([]);
  });
});

describe("a container made by hand", () => {
  const byHand = (
    change: (words: string[]) => string[],
    live: (container: Inspect) => void = () => undefined,
  ) =>
    withService(
      changed((container) => {
        delete container.Config.Labels.PODMAN_SYSTEMD_UNIT;
        const plumbing = /^(--cidfile.*|--sdnotify.*|--cgroups.*|--rm|--replace)$/;
        const words = (container.Config.CreateCommand ?? []).filter((word) => !plumbing.test(word));
        container.Config.CreateCommand = change(words);
        live(container);
      }),
      "rich.service",
      { activeState: "inactive" },
    );

  test("with another image differs in its image", () => {
    const other = "docker.io/library/busybox:1.36";
    const input = byHand(
      (words) => words.map((word) => (word === "docker.io/library/busybox:1.37" ? other : word)),
      (container) => Object.assign(container, { ImageName: other, Image: "1".repeat(64) }),
    );
    expect(differing(input)).toEqual([`${RICH} image`, `${RICH} (state)`]);
  });

  test("with the unit's own command differs in what made it", () => {
    expect(differing(byHand((words) => words))).toEqual([`${RICH} made-from`, `${RICH} (state)`]);
  });
});

test("a container without a recorded command is compared by its current state", () => {
  const input = changed((container) => {
    container.Config.CreateCommand = null;
  });
  expect(differing(input)).toEqual([]);
  const field = fieldsOf(driftOf(input), RICH).find((found) => found.field === "made-from");
  expect(field?.cause).toBe("unobservable");
});

describe("ignoreDrift", () => {
  const ignoring = (...paths: readonly string[]): RecordedDrift => ({
    ...changed((container) => {
      container.Config.Env.push("TZ=UTC", "DOLLAR=6");
      container.HostConfig.Memory = 1024;
    }),
    ignore: new Map([[RICH, paths]]),
  });

  test("excludes a field, a part of a field, or nothing", () => {
    expect(differing(ignoring())).toEqual([`${RICH} memory`, `${RICH} environment`]);
    expect(differing(ignoring("memory"))).toEqual([`${RICH} environment`]);
    expect(differing(ignoring("memory", "environment.TZ"))).toEqual([`${RICH} environment`]);
    expect(differing(ignoring("memory", "environment.TZ", "environment.DOLLAR"))).toEqual([]);
    expect(differing(ignoring("memory.container", "environment"))).toEqual([]);
  });

  test("is reported if it names something that the instance does not have, and does not change the counts", () => {
    const useless = ["memry", "environment.NOBODY", "networks.extra"];
    const input = ignoring(
      "memory",
      "environment",
      "image",
      "networks.monitoring",
      "state",
      "loaded",
      ...useless,
    );
    const field = onlyField(input);
    expect(field).toMatchObject({ field: "ignoreDrift", status: "warning", desired: useless.join(", ") });
    expect(driftOf(input).summary).toMatchObject({ drift: 0, warning: 1 });
  });
});

test("no secret of a command is shown, in whatever field it differs", () => {
  const secret = (words: readonly string[], value: string) =>
    words.map((word) => word.replaceAll("HUSH", value));
  const extra = ["--requirepass", "HUSH", "--token=HUSH", "postgres://me:HUSH@db/app"];
  const input = changed((container) => {
    container.Config.CreateCommand = [...(container.Config.CreateCommand ?? []), ...secret(extra, "hush1")];
    container.Config.Cmd = [...container.Config.Cmd, ...secret(extra, "hush2")];
    container.Config.Healthcheck.Test = ["CMD-SHELL", "redis-cli --pass hush3 ping"];
  });
  expect(differing(input)).toEqual([`${RICH} command`, `${RICH} health`]);
  expect(JSON.stringify(driftOf(input))).not.toMatch(/hush\d/);
});

test("no secret is shown in any drift report", () => {
  const input = changed((container) => {
    const open = (word: string) => word.replaceAll("hush", "open");
    container.Config.CreateCommand = container.Config.CreateCommand?.map(open) ?? null;
    container.Config.Env = container.Config.Env.map(open);
  });
  const text = JSON.stringify(driftOf(input));
  expect(differing(input)).toEqual([`${RICH} environment`]);
  expect(text).not.toMatch(/hush|open/);
});
