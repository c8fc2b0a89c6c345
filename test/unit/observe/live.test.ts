import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFiles } from "../../../src/host/files.ts";
import type { ServiceState } from "../../../src/model/live.ts";
import { type ObservedHost, observe, type Question } from "../../../src/observe/live.ts";
import { FACTS } from "../../support/health-host.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-observe-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, content = name): Promise<void> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
}

type Managers = ReturnType<ObservedHost["within"]>;

const nothing = async () => [];
const PODMAN: Managers["podman"] = {
  containers: nothing,
  networks: nothing,
  volumes: nothing,
  images: nothing,
  inspect: nothing,
};

function host(changes: Partial<Managers> = {}): ObservedHost {
  const systemd: Managers["systemd"] = { services: async () => new Map(), unitsLike: nothing };
  return {
    facts: { ...FACTS, unitDir: join(folder, "units"), generatorDir: join(folder, "generator") },
    files: createFiles(),
    clock: { now: () => new Date(0), ticks: () => 0, timezone: () => "UTC", sleep: async () => undefined },
    within: () => ({ podman: PODMAN, systemd, ...changes }),
  };
}

const NOTHING = { services: [], unitNames: [], files: [] };

describe("the observation of files", () => {
  test("contains Quadlets at any depth and drop-ins, and nothing else beside them", async () => {
    await put("units/a.container");
    await put("units/sub/b.network");
    await put("units/a.container.d/10-x.conf");
    await put("units/a.container.d/README");
    await put("units/notes.txt");
    await put("units/data/x.conf");
    const { files } = await observe(host(), NOTHING);
    expect([...files.keys()].sort()).toEqual(["a.container", "a.container.d/10-x.conf", "sub/b.network"]);
    expect(files.get("sub/b.network")).toEqual({
      name: "sub/b.network",
      path: join(folder, "units/sub/b.network"),
      content: "units/sub/b.network",
      mode: expect.any(Number),
      symlink: false,
    });
  });

  test("follows links to files and marks them as links; dangling ones are absent", async () => {
    await put("checkout/a.container", "text");
    await mkdir(join(folder, "units"));
    await symlink(join(folder, "checkout/a.container"), join(folder, "units/a.container"));
    await symlink(join(folder, "nowhere"), join(folder, "units/b.container"));
    const { files } = await observe(host(), NOTHING);
    expect([...files.values()]).toMatchObject([{ name: "a.container", content: "text", symlink: true }]);
  });

  test("contains what was asked for by path, under that path, if it exists", async () => {
    await put("etc/route.yml", "route");
    const path = join(folder, "etc/route.yml");
    const { files } = await observe(host(), { ...NOTHING, files: [path, join(folder, "etc/none.yml")] });
    expect([...files]).toEqual([
      [path, { name: path, path, content: "route", mode: expect.any(Number), symlink: false }],
    ]);
  });

  test("is empty if there is no unit directory", async () => {
    expect((await observe(host(), NOTHING)).files.size).toBe(0);
  });
});

test("the observation reads only plain files of those that commands name, through links too", async () => {
  await put("home/a.env", "A=1");
  await put("home/large.env", "x".repeat(16 * 1024 * 1024 + 1));
  await symlink(join(folder, "home/a.env"), join(folder, "home/link.env"));
  const inputs = ["a.env", "link.env", "large.env", "none.env", ""].map((name) => join(folder, "home", name));
  const live = await observe(host(), { ...NOTHING, inputs: [...inputs, "/dev/zero"] });
  expect([...live.inputs]).toEqual([
    [join(folder, "home/a.env"), "A=1"],
    [join(folder, "home/link.env"), "A=1"],
  ]);
});

describe("the observation of services", () => {
  test("contains the text that the generator wrote, for those that have one", async () => {
    await put("generator/a.service", "[Service]");
    const { generated } = await observe(host(), { ...NOTHING, services: ["a.service", "b.service"] });
    expect([...generated]).toEqual([["a.service", "[Service]"]]);
  });

  test("contains a person's own drop-ins, and no other", async () => {
    for (const name of ["home/service.d/all.conf", "generator/a.service.d/q.conf"]) await put(name);
    const dropInPaths = ["home/service.d/all.conf", "generator/a.service.d/q.conf", "gone.conf"]
      .map((name) => join(folder, name))
      .concat("/usr/lib/os-release");
    const state = { name: "a.service", dropInPaths } as unknown as ServiceState;
    const systemd = { services: async () => new Map([["a.service", state]]), unitsLike: nothing };
    const { inputs } = await observe(host({ systemd }), { ...NOTHING, services: ["a.service"] });
    expect([...inputs]).toEqual([[join(folder, "home/service.d/all.conf"), "home/service.d/all.conf"]]);
  });

  test("asks about the instances of templates, never about templates, which systemd refuses", async () => {
    const asked: string[] = [];
    const systemd = {
      services: async (names: readonly string[]) => {
        asked.push(...names);
        return new Map();
      },
      unitsLike: async (patterns: readonly string[]) => (patterns.length > 0 ? ["t@two.service"] : []),
    };
    await observe(host({ systemd }), { ...NOTHING, services: ["a.service", "t@.service", "t@one.service"] });
    expect(asked).toEqual(["a.service", "t@one.service", "t@two.service"]);
  });

  test("asks early about probable services, once, and reports only those that were asked for", async () => {
    const asked: (readonly string[])[] = [];
    const systemd = {
      services: async (names: readonly string[]) => {
        asked.push(names);
        return new Map(
          names.map((name) => [name, { name, dropInPaths: [] as readonly string[] } as ServiceState]),
        );
      },
      unitsLike: nothing,
    };
    let decide: (question: Question) => void = () => undefined;
    const question = new Promise<Question>((resolve) => {
      decide = resolve;
    });
    const observed = observe(host({ systemd }), question, ["a.service", "t@.service", "old.service"]);
    await expect.poll(() => asked).toEqual([["a.service", "old.service"]]);
    decide({ ...NOTHING, services: ["b.service", "a.service", "t@.service"] });
    const { services } = await observed;
    expect(asked).toEqual([["a.service", "old.service"], ["b.service"]]);
    expect([...services.keys()]).toEqual(["b.service", "a.service"]);
  });

  test("fails once if neither the request nor the probable services can be known", async () => {
    const failing = () => Promise.reject(new Error("no inventory"));
    await expect(observe(host(), failing(), failing())).rejects.toThrow("no inventory");
  });

  test("includes services that only a container with quadgate's label names", async () => {
    const asked: (readonly string[])[] = [];
    const systemd = {
      services: async (names: readonly string[]) => {
        asked.push(names);
        return new Map();
      },
      unitsLike: async () => [],
    };
    const container = (service: string) => ({
      Config: { Labels: { "io.quadgate.instance": "x", PODMAN_SYSTEMD_UNIT: service } },
    });
    const containers = async () => ["a.service", "b.service", "c.service"].map(container);
    const podman = { ...PODMAN, containers };
    await observe(host({ systemd, podman }), { ...NOTHING, services: ["a.service"], known: ["b.service"] });
    expect(asked).toEqual([["a.service"], ["c.service"]]);
  });
});

test("an observation fails as a whole if one question fails, even if podman was already asked", async () => {
  const failing = Promise.reject(new Error("the state cannot be read"));
  await expect(observe(host(), failing)).rejects.toThrow("the state cannot be read");
});

test("an observation gives podman and systemd some minutes to answer, and no more", async () => {
  const limits: number[] = [];
  const asked = host();
  const within = (timeoutMs: number) => {
    limits.push(timeoutMs);
    return asked.within(timeoutMs);
  };
  await observe({ ...asked, within }, NOTHING);
  expect(limits).toEqual([300_000]);
});

test("an observation fails as a whole if one part cannot be asked", async () => {
  const podman = { ...PODMAN, networks: () => Promise.reject(new Error("podman is broken")) };
  await expect(observe(host({ podman }), NOTHING)).rejects.toThrow("podman is broken");
});
