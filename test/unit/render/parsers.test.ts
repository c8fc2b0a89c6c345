import { describe, expect, test } from "vitest";
import { memoryLimits } from "../../../src/render/memory.ts";
import { parseNetwork, referredNetworks } from "../../../src/render/networks.ts";
import { podmanKnows } from "../../../src/render/quadlet-keys.ts";
import { mergeVolumes, parseVolume, type VolumeUse } from "../../../src/render/volumes.ts";

describe("a network of a manifest", () => {
  test.each([
    ["reverse_proxy", "reverse_proxy.network", "reverse_proxy"],
    ["reverse_proxy.network", "reverse_proxy.network", "reverse_proxy"],
    ["systemd-reverse_proxy", "reverse_proxy.network", "reverse_proxy"],
    ["systemd-reverse_proxy:ip=10.89.2.81", "reverse_proxy.network:ip=10.89.2.81", "reverse_proxy"],
    ["x:ip6=fd00::1,mac=00:11:22:33:44:55", "x.network:ip6=fd00::1,mac=00:11:22:33:44:55", "x"],
    ["host", "host", undefined],
    ["slirp4netns:port_handler=slirp4netns", "slirp4netns:port_handler=slirp4netns", undefined],
    ["container:other", "container:other", undefined],
    ["ns:/run/netns/x", "ns:/run/netns/x", undefined],
    ["other.container", "other.container", undefined],
  ])("%s is referred to as %s", (text, reference, network) => {
    expect(parseNetwork(text)).toEqual({ reference, network });
  });

  test.each(["", "a b", "-x", "a\nb", "../x"])("%j is not a valid network name", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  test("the networks in a unit's text are found whatever surrounds them", () => {
    const text =
      "[Container]\n Network = a.network\nNetwork=b.network:ip=1\n# Network=c.network\nNetwork=host\n";
    expect(referredNetworks(text)).toEqual(["a", "b"]);
  });
});

describe("a volume of a manifest", () => {
  test.each([
    ["/srv/media:/media:ro,z", "/srv/media:/media:ro,z"],
    ["~/config:/config", "%h/config:/config"],
    ["~:/home", "%h:/home"],
    ["%t/podman/podman.sock:/sock", "%t/podman/podman.sock:/sock"],
    ["/srv/100%%:/x", "/srv/100%%:/x"],
    ["data:/data", "app-data.volume:/data"],
    ["shared.volume:/data", "shared.volume:/data"],
  ])("%s is mounted as %s", (text, mounted) => {
    expect(parseVolume(text, "app")).toMatchObject({ text: mounted });
  });

  test.each(["/data", "data", "a:b", "./x:/y", "/srv/5%z:/x", "a b:/x", "/a:/b:ro:z"])(
    "%s is refused",
    (text) => {
      expect(parseVolume(text, "app")).toHaveProperty("wrong");
    },
  );

  test("a mount replaces an earlier one at the same path", () => {
    const use = (text: string) => parseVolume(text, "app") as VolumeUse;
    const merged = mergeVolumes([use("data:/data"), use("/a:/a"), use("/b:/data/")]);
    expect(merged.map((volume) => volume.text)).toEqual(["/b:/data/", "/a:/a"]);
  });
});

describe("the memory of a manifest", () => {
  test.each([
    ["4G", undefined, { max: "4G", high: "3G" }],
    ["1G", undefined, { max: "1G", high: "768M" }],
    ["100M", undefined, { max: "100M", high: "75M" }],
    ["1.5GiB", "1G", { max: "1536M", high: "1G" }],
    ["512m", "400 MB", { max: "512M", high: "400M" }],
    ["1000", undefined, { max: "1000", high: "750" }],
  ])("of %s, with a high mark of %s, gives both limits", (max, high, limits) => {
    expect(memoryLimits(max, high)).toEqual(limits);
  });

  test.each(["", "0", "-1G", "4X", "lots", "1e3"])("%j is not a size", (text) => {
    expect(memoryLimits(text, undefined)).toEqual({ bad: text });
    expect(memoryLimits("1G", text)).toEqual({ bad: text });
  });
});

test.each([
  ["5.4.2", "5.5", false],
  ["5.5.0", "5.5", true],
  ["5.10.1", "5.5", true],
  ["6.0.0-dev", "5.8", true],
  ["4.9.3", "5.0", false],
  ["5.4.2", "", true],
  ["", "5.5", true],
  ["unknown", "5.5", true],
])("podman %s knows a key that came with %s: %s", (version, since, known) => {
  expect(podmanKnows(version, since)).toBe(known);
});
