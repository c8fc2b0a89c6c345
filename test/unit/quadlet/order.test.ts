import { describe, expect, it } from "vitest";
import { bondsOf } from "../../../src/quadlet/links.ts";
import { addressesFirst, dependants, dependencies, levels } from "../../../src/quadlet/order.ts";
import { generated } from "../../support/plan-input.ts";

const waits = (edges: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(edges).map(([name, targets]) => [name, new Set(targets)]));

describe("the order in which services wait", () => {
  const units = generated({
    "web.service":
      "[Unit]\nAfter=db.service network-online.target\nRequires=n-network.service\n[Service]\nAfter=x\n",
    "db.service": "[X-Container]\nImage=a\n[Unit]\nBindsTo=n-network.service\nAfter=db.service\n",
    "cron.service": "[Unit]\nWants=db.service\nPartOf=web.service\nRequires=\n",
    "n-network.service": "",
  });

  it("is read from the [Unit] section in any place, and from nothing else", () => {
    expect(dependencies(units.services)).toEqual(
      waits({
        "web.service": ["db.service", "n-network.service"],
        "db.service": ["n-network.service"],
        "cron.service": [],
        "n-network.service": [],
      }),
    );
  });

  it("includes more services than those that restart together", () => {
    expect(bondsOf(units.services)).toEqual(
      waits({
        "web.service": ["n-network.service"],
        "db.service": ["n-network.service"],
        "cron.service": ["web.service"],
        "n-network.service": [],
      }),
    );
  });
});

describe("the bonds of services", () => {
  it.each(["Requires", "Requisite", "BindsTo", "PartOf", "StopPropagatedFrom"])("are read from %s", (key) => {
    const units = generated({ "web.service": `[Unit]\n${key}=db.service\n`, "db.service": "" });
    expect(bondsOf(units.services).get("web.service")).toEqual(new Set(["db.service"]));
  });

  it.each([
    ["Unit", "PropagatesStopTo"],
    ["Install", "RequiredBy"],
  ])("are read from the other unit's [%s] %s", (section, key) => {
    const units = generated({
      "web.service": "",
      "db.service": `[${section}]\n${key}=web.service x.target\n`,
    });
    expect(bondsOf(units.services)).toEqual(waits({ "web.service": ["db.service"], "db.service": [] }));
  });

  it("are not removed by an empty value", () => {
    const units = generated({ "web.service": "[Unit]\nRequires=db.service\nRequires=\n", "db.service": "" });
    expect(bondsOf(units.services).get("web.service")).toEqual(new Set(["db.service"]));
  });
});

describe("networks that name their addresses", () => {
  const create = (more: string) =>
    `[X-Network]\n[Service]\nExecStart=/usr/bin/podman network create --ignore ${more}\n`;
  const units = generated({
    "a-network.service": create("systemd-a"),
    "b-network.service": create("--internal --subnet 10.89.2.0/24 systemd-b"),
    "c-network.service": create("--subnet=10.89.3.0/24 systemd-c"),
    "web.service": "[X-Container]\n[Service]\nExecStart=/usr/bin/podman run image --subnet x\n",
  });
  const all = [...units.services.keys()];

  it("come before those whose addresses podman chooses, if both are to be made", () => {
    const order = addressesFirst(waits({ "web.service": ["a-network.service"] }), all, units);
    expect(levels(all, order)).toEqual([
      ["b-network.service", "c-network.service"],
      ["a-network.service"],
      ["web.service"],
    ]);
  });

  it("are not waited for once they exist", () => {
    const order = addressesFirst(waits({}), ["a-network.service", "web.service"], units);
    expect(order.get("a-network.service")).toEqual(new Set());
    expect(levels(all, order)).toHaveLength(1);
  });
});

describe("the levels of services", () => {
  it("put each service after what it waits for, sorted by name within a level", () => {
    const edges = waits({ d: ["b", "c"], c: ["a"], b: ["a"], a: [] });
    expect(levels(["d", "c", "b", "a"], edges)).toEqual([["a"], ["b", "c"], ["d"]]);
  });

  it("ignore services outside the request, and contain each service once", () => {
    expect(levels(["b", "b", "a"], waits({ b: ["elsewhere"] }))).toEqual([["a", "b"]]);
  });

  it("put a circle, and what waits for it, in one last level", () => {
    expect(levels(["a", "b", "c", "d"], waits({ a: ["b"], b: ["a"], c: ["a"] }))).toEqual([
      ["d"],
      ["a", "b", "c"],
    ]);
  });
});

describe("the dependants of a service", () => {
  it("are found at any distance", () => {
    expect(dependants(["a"], waits({ b: ["a"], c: ["b"], d: ["x"] }))).toEqual(new Set(["b", "c"]));
  });

  it("hold a given service only if it waits for a given one", () => {
    expect(dependants(["a", "b"], waits({ b: ["a"] }))).toEqual(new Set(["b"]));
    expect(dependants(["a"], waits({ a: ["b"], b: ["a"] }))).toEqual(new Set(["a", "b"]));
  });
});

describe("what a command names as podman does", () => {
  const run = (args: string) => `[Service]\nExecStart=/usr/bin/podman run ${args} image\n`;
  const units = generated({
    "x-network.service": "[Service]\nExecStart=/usr/bin/podman network create --ignore systemd-x\n",
    "data-volume.service": "[Service]\nExecStart=/usr/bin/podman volume create --ignore data\n",
    "app-pod.service": "[Service]\nExecStartPre=/usr/bin/podman pod create --name app --replace\n[X-Pod]\n",
    "vpn.service": run("--name vpn --network container:vpn"),
    "web.service": run("--name web --network systemd-x --volume data:/data --volume /srv:/srv"),
    "torrent.service": run("--name torrent --network container:vpn"),
    "worker.service": run("--name worker --pod app"),
    "other.service": run("--name other --network elsewhere --volume none:/x --network host"),
  });

  it("comes first if another unit makes it", () => {
    expect(dependencies(units.services)).toEqual(
      waits({
        "x-network.service": [],
        "data-volume.service": [],
        "app-pod.service": [],
        "vpn.service": [],
        "web.service": ["x-network.service", "data-volume.service"],
        "torrent.service": ["vpn.service"],
        "worker.service": ["app-pod.service"],
        "other.service": [],
      }),
    );
  });
});
