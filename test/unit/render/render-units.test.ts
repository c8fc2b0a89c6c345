import { describe, expect, test } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import type { NetworkSpec } from "../../../src/model/instance.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { backend, CONTEXT, instance, pattern, raw, state, withPattern } from "./builder.ts";

const names = (units: readonly Unit[]) => units.map((unit) => unit.name);
const contentOf = (units: readonly Unit[], name: string) =>
  units.find((unit) => unit.name === name)?.content ?? "";

describe("an instance that cannot be rendered", () => {
  test("is an issue and does not affect other instances", () => {
    const desired = state([backend("bad", { memory: "plenty" }), backend("good")]);
    const { units, issues, invalid } = renderUnits(desired, CONTEXT);
    expect(names(units)).toContain("good.container");
    expect(units.some((unit) => unit.instance === "bad")).toBe(false);
    expect(issues).toMatchObject([{ code: "value-invalid", instance: "bad" }]);
    expect([...invalid]).toEqual(["bad"]);
  });

  test("is reported at the line of its manifest", () => {
    const bad = backend("bad", { volumes: ["/a:/a", "nonsense"] }, [
      "image",
      "volumes",
      "volumes.0",
      "volumes.1",
    ]);
    const { issues } = renderUnits(state([bad]), CONTEXT);
    expect(issues).toMatchObject([
      { code: "value-invalid", place: { file: "desired-state/bad.yaml", line: 5, column: 1 } },
    ]);
  });

  test("has all its issues reported at once", () => {
    const bad = backend("bad", { memory: "x", volumes: ["nonsense"], networks: ["a b"] });
    const { issues } = renderUnits(state([bad]), CONTEXT);
    expect(issues.map((issue) => issue.message)).toEqual([
      '"x" is not a size',
      '"a b" is not a network\'s name',
      expect.stringContaining('the volume "nonsense"'),
    ]);
  });

  test("stays invalid when it could not even be read", () => {
    const { invalid } = renderUnits(state([], { invalid: new Set(["broken"]) }), CONTEXT);
    expect([...invalid]).toEqual(["broken"]);
  });

  test("of a pattern without an image needs one in the manifest", () => {
    const bare = pattern({ defaults: { ...pattern().defaults, image: undefined } });
    const desired = withPattern(state([instance("x", { pattern: "plain" })]), bare);
    expect(renderUnits(desired, CONTEXT).issues).toMatchObject([{ code: "key-missing" }]);
  });
});

describe("two instances", () => {
  test("must not ask for the same hostname", () => {
    const desired = state([
      backend("a", { hostname: "x.org" }),
      backend("b", { hostname: "X.org" }),
      backend("c"),
    ]);
    const { issues, invalid } = renderUnits(desired, CONTEXT);
    expect(issues.map((issue) => [issue.code, issue.instance])).toEqual([
      ["hostname-taken", "a"],
      ["hostname-taken", "b"],
    ]);
    expect([...invalid]).toEqual(["a", "b"]);
  });

  test("must not render the same file", () => {
    const one = backend("web", { volumes: ["data:/data"] });
    const { issues, invalid } = renderUnits(
      state([one, raw("web-data", { "web-data.volume": "[Volume]\n" })]),
      CONTEXT,
    );
    expect(issues.map((issue) => issue.code)).toEqual(["name-taken", "name-taken"]);
    expect([...invalid]).toEqual(["web", "web-data"]);
  });
});

describe("a dependency on another instance", () => {
  test("becomes an order and a wish between services, whatever the other's kind is", () => {
    const desired = state([
      backend("web", { dependsOn: ["cache", "edge", "pod", "gone"] }),
      instance("cache", { pattern: "cache-service" }),
      raw("edge", {
        "edge.container": "[Container]\nImage=x\nServiceName=front\n",
        "edge.volume": "[Volume]\n",
      }),
      raw("pod", { "pod.pod": "[Pod]\n" }),
    ]);
    const unit = contentOf(renderUnits(desired, CONTEXT).units, "web.container");
    for (const service of ["cache", "front", "pod-pod", "gone"]) {
      expect(unit).toContain(`After=${service}.service\nWants=${service}.service\n`);
    }
  });
});

describe("the label with the unit's digest", () => {
  const render = (spec: Parameters<typeof backend>[1], file = "desired-state/web.yaml") => {
    const one = { ...backend("web", spec), place: { file } };
    const content = contentOf(renderUnits(state([one]), CONTEXT).units, "web.container");
    return { content, label: /unit-digest=([0-9a-f]{64})/.exec(content)?.[1] };
  };

  test("changes with any line, even one of [Service]", () => {
    const labels = [
      render({}).label,
      render({ memoryHigh: "100M" }).label,
      render({ quadlet: { Service: { Nice: "5" } } }).label,
      render({ labels: { a: "b" } }).label,
    ];
    expect(new Set(labels).size).toBe(4);
    expect(labels).not.toContain(undefined);
  });

  test("does not change when the manifest moves to another folder", () => {
    const moved = render({}, "desired-state/web/web.yaml");
    expect(moved.label).toBe(render({}).label);
    expect(moved.content).not.toBe(render({}).content);
  });

  test("changes with the content of a file that belongs to the instance", () => {
    const files = [{ from: "files/a", to: "~/a", mode: "0644" }];
    const digests = ["one", "two"].map((content) => {
      const { units } = renderUnits(
        state([backend("web", { files })], { files: new Map([["files/a", content]]) }),
        CONTEXT,
      );
      return /files-digest=(\S+)/.exec(contentOf(units, "web.container"))?.[1];
    });
    expect(digests[0]).not.toBe(digests[1]);
  });
});

describe("a file of the repository", () => {
  const render = (to: string, files = new Map([["files/a", "text"]]), mode = "0600") =>
    renderUnits(state([backend("web", { files: [{ from: "files/a", to, mode }] })], { files }), CONTEXT);

  test("becomes a unit of its own, with mode and a digest of content and mode", () => {
    const withMode = (mode: string) =>
      render("~/conf/a", undefined, mode).units.find((unit) => unit.name === "/home/ada/conf/a");
    const plain = { kind: "file", mode: "0644", content: "text", digest: digestOf("text"), instance: "web" };
    expect(withMode("0644")).toMatchObject(plain);
    expect(withMode("644")?.digest).toBe(plain.digest);
    expect(withMode("0600")).toMatchObject({ mode: "0600", content: "text" });
    expect(new Set(["0600", "0640", "0644"].map((mode) => withMode(mode)?.digest)).size).toBe(3);
  });

  test.each(["relative", "/a/../b", "/folder/", "~/.config/containers/systemd/x.container"])(
    "cannot have the target %s",
    (to) => {
      expect(render(to).issues).toMatchObject([{ code: "value-invalid" }]);
    },
  );

  test("must be in the repository", () => {
    expect(render("/a", new Map()).issues).toMatchObject([{ code: "source-missing" }]);
  });
});

describe("the rendered networks", () => {
  const declared = (name: string, more: Partial<NetworkSpec> = {}): NetworkSpec => ({
    name,
    place: { file: "desired-state/networks.yaml", line: 1 },
    ...more,
  });

  test("include, with defaults, those that instances use and git does not declare", () => {
    const { units } = renderUnits(state([backend("a"), backend("b")]), CONTEXT);
    const networks = units.filter((unit) => unit.kind === "network");
    expect(names(networks)).toEqual(["monitoring.network", "reverse_proxy.network"]);
    expect(networks.map((unit) => unit.instance)).toEqual(["networks", "networks"]);
  });

  test("include declared ones as declared, used or not", () => {
    const networks = [
      declared("reverse_proxy", { subnet: "10.1.0.0/24", internal: false }),
      declared("spare"),
    ];
    const { units } = renderUnits(state([backend("a")], { networks }), CONTEXT);
    expect(contentOf(units, "reverse_proxy.network")).toContain("[Network]\nSubnet=10.1.0.0/24\n\n");
    expect(contentOf(units, "spare.network")).toContain("[Network]");
  });

  test("do not include those that a raw unit defines", () => {
    const own = raw("reverse_proxy", { "reverse_proxy.network": "[Network]\nNetworkName=edge\n" });
    const { units, issues } = renderUnits(state([backend("a"), own]), CONTEXT);
    expect(issues).toEqual([]);
    expect(contentOf(units, "reverse_proxy.network")).toBe("[Network]\nNetworkName=edge\n");
  });

  test("are on the container in the order of the manifest, each once", () => {
    const one = backend("a", { networks: ["b", "systemd-a:ip=10.0.0.2", "a"] });
    const { units } = renderUnits(state([one]), CONTEXT);
    expect(contentOf(units, "a.container")).toContain("Network=b.network\nNetwork=a.network:ip=10.0.0.2\n");
    expect(contentOf(units, "a.container").match(/^Network=/gm)).toHaveLength(2);
  });
});

describe("a raw Quadlet", () => {
  test("is deployed byte for byte, as are its drop-ins, and its lines refer to its own file", () => {
    const files = {
      "traefik.container": "\n# odd \r\n[Container]\nImage=x",
      "traefik.container.d/10-x.conf": "[Service]\nNice=1\n",
    };
    const { units } = renderUnits(state([raw("traefik", files)]), CONTEXT);
    expect(units.map((unit) => [unit.name, unit.kind, unit.content])).toEqual([
      ["traefik.container", "container", files["traefik.container"]],
      ["traefik.container.d/10-x.conf", "dropin", files["traefik.container.d/10-x.conf"]],
    ]);
    expect(units[1]?.lines?.get(2)).toEqual({ file: "desired-state/traefik.container.d/10-x.conf", line: 2 });
  });
});

describe("a route for Traefik", () => {
  const route = (spec: Parameters<typeof backend>[1], traefik: Partial<typeof CONTEXT.traefik> = {}) => {
    const context = { ...CONTEXT, traefik: { ...CONTEXT.traefik, ...traefik } };
    return renderUnits(state([backend("web", spec)]), context);
  };

  test("goes to a file of the instance's own, or is not written at all", () => {
    expect(names(route({}).units)).toContain("/home/ada/traefik/dynamic/web.yml");
    expect(names(route({}, { dynamicDir: "/etc/traefik" }).units)).toContain("/etc/traefik/web.yml");
    expect(route({}, { mode: "off" }).units.some((unit) => unit.kind === "file")).toBe(false);
  });

  test("keeps the order of the manifest's middlewares", () => {
    const middlewares = ["security-headers", "authelia@docker", "authelia"];
    const file = contentOf(route({ route: { middlewares } }).units, "/home/ada/traefik/dynamic/web.yml");
    expect(file).toMatch(/"security-headers@file"\s+- "authelia@docker"\s+- "authelia@file"/);
  });

  test("needs a hostname that cannot end Traefik's rule", () => {
    const { issues } = route({ hostname: "x`) || PathPrefix(`/" });
    expect(issues).toMatchObject([{ code: "value-invalid" }]);
  });

  test("uses the container's name", () => {
    const spec = { quadlet: { Container: { ContainerName: "other" } } };
    expect(contentOf(route(spec).units, "/home/ada/traefik/dynamic/web.yml")).toContain(
      '"http://other:8080"',
    );
  });

  test("uses the podman name that a raw network has", () => {
    const own = raw("reverse_proxy", { "reverse_proxy.network": "[Network]\nNetworkName=edge\n" });
    const context = { ...CONTEXT, traefik: { ...CONTEXT.traefik, mode: "labels" as const } };
    const { units } = renderUnits(state([backend("web"), own]), context);
    expect(contentOf(units, "web.container")).toContain("Label=traefik.docker.network=edge\n");
  });
});

describe("the quadlet key of a manifest", () => {
  const render = (
    quadlet: Record<string, Record<string, string | readonly string[]>>,
    places: readonly string[] = [],
  ) => renderUnits(state([backend("web", { quadlet }, places)]), CONTEXT);

  test("replaces keys that take one value and adds to lists", () => {
    const { units } = render({
      Container: { Image: "other:1", Network: ["extra.network"], Environment: "HOME=%h" },
      Service: { Restart: "no" },
    });
    const content = contentOf(units, "web.container");
    expect(content.match(/^Image=.*$/gm)).toEqual(["Image=other:1"]);
    expect(content.match(/^Restart=.*$/gm)).toEqual(["Restart=no"]);
    expect(content.match(/^Network=/gm)).toHaveLength(3);
    expect(content).toContain("Environment=HOME=%h\n");
    expect(names(units)).toContain("extra.network");
  });

  test("shows where the lines that the generator complains about come from", () => {
    const unit = render({ Container: { Foo: "bar" } }, [
      "quadlet",
      "quadlet.Container",
      "quadlet.Container.Foo",
    ]).units.find((one) => one.name === "web.container");
    const line = unit?.content.split("\n").indexOf("Foo=bar") ?? -2;
    expect(unit?.lines?.get(line + 1)).toEqual({ file: "desired-state/web.yaml", line: 4, column: 1 });
  });

  test.each([
    { Container: { Exec: "a\n[Service]" } },
    { Container: { Exec: "a \\" } },
    { Container: { "Ex=ec": "a" } },
    { "Service]\n[X": { A: "b" } },
    { Container: { Image: ["a", "b"] } },
  ])("refuses %j", (quadlet) => {
    expect(render(quadlet).issues).toMatchObject([{ code: "value-invalid" }]);
  });

  test("refuses keys that this host's podman does not know", () => {
    const { issues } = render({ Container: { Memory: "1G" } });
    expect(issues).toMatchObject([{ code: "key-unsupported", instance: "web" }]);
    expect(issues[0]?.message).toBe("Memory= needs podman 5.5, but this host has 5.4.2");
  });
});

test("labels that quadgate itself writes are refused in a manifest", () => {
  const { issues } = renderUnits(
    state([backend("web", { labels: { "io.quadgate.instance": "x" } })]),
    CONTEXT,
  );
  expect(issues).toMatchObject([{ code: "value-invalid" }]);
});
