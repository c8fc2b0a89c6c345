import { describe, expect, it } from "vitest";
import { contains, overlap, parseAddress, parseSubnet } from "../../../src/manifest/addresses.ts";
import { linesOf, namesOf, read } from "./support.ts";

const networks = (text: string) => read({ "desired-state/networks.yaml": text });

describe("the file networks.yaml", () => {
  it("declares networks with and without settings", () => {
    const text = `reverse_proxy: { subnet: 10.89.2.0/24, gateway: 10.89.2.1, dns: [10.89.2.53, "fd00::1"] }
media:
internal: { internal: true, ipv6: true, subnet: "fd00:1::/64" }
`;
    const at = (line: number) => ({ file: "desired-state/networks.yaml", line, column: 1 });
    expect(networks(text).networks).toEqual([
      {
        name: "reverse_proxy",
        place: at(1),
        subnet: "10.89.2.0/24",
        gateway: "10.89.2.1",
        dns: ["10.89.2.53", "fd00::1"],
      },
      { name: "media", place: at(2) },
      { name: "internal", place: at(3), internal: true, ipv6: true, subnet: "fd00:1::/64" },
    ]);
  });

  it.each([
    ["a: { subnt: x }", '1:6: unknown key "subnt" in "a" (did you mean "subnet"?)'],
    ["a: { subnet: 10.0.0.0 }", '1:14: "a.subnet" is not a subnet: "10.0.0.0" (such as 10.89.2.0/24)'],
    ["a: { subnet: 10.0.0.0/33 }", '1:14: "a.subnet" is not a subnet: "10.0.0.0/33" (such as 10.89.2.0/24)'],
    [
      "a: { subnet: 10.0.0.256/24 }",
      '1:14: "a.subnet" is not a subnet: "10.0.0.256/24" (such as 10.89.2.0/24)',
    ],
    ["a: { subnet: 10.0.0.4/31 }", '1:14: "a.subnet" leaves no room for containers: "10.0.0.4/31"'],
    [
      "a: { subnet: 10.89.2.5/20 }",
      '1:14: "a.subnet" is an address within a subnet, not the subnet: "10.89.2.5/20" (write 10.89.0.0/20)',
    ],
    [
      "a: { subnet: 'fd00::1/64' }",
      '1:14: "a.subnet" is an address within a subnet, not the subnet: "fd00::1/64" (the bits after the prefix must be 0)',
    ],
    ["a: { gateway: 10.0.0.1 }", '1:15: "a.gateway" needs a subnet as well'],
    [
      "a: { subnet: 10.0.0.0/24, gateway: 10.0.1.1 }",
      '1:36: "a.gateway" is outside the subnet 10.0.0.0/24: "10.0.1.1"',
    ],
    ["a: { dns: [dns.example.org] }", '1:12: "a.dns[0]" is not an IP address: "dns.example.org"'],
    ["a: { internal: yes }", '1:16: "a.internal" must be true or false, not text'],
    ["a/b:", '1:1: "a/b" is not a name that podman takes: "a/b"'],
    ["[a]", "1:1: the file must be a map of keys, not a list"],
    [
      "a: { subnet: 10.0.0.0/16 }\nb: { subnet: 10.0.7.0/24 }",
      '2:14: "b.subnet" shares addresses with "a" (give each network its own subnet)',
    ],
  ])("with %s has an issue, and its networks are left alone", (text, line) => {
    const state = networks(text);
    expect(linesOf(state)).toEqual([`desired-state/networks.yaml:${line}`]);
    expect([...state.invalid]).toEqual(["networks"]);
  });

  it("with errors does not affect the instances", () => {
    const state = read({ "desired-state/networks.yaml": "a: 1", "desired-state/web.yaml": "pattern: web\n" });
    expect(namesOf(state)).toEqual(["web"]);
    expect([...state.invalid]).toEqual(["networks"]);
  });

  it("must not declare a network that a raw Quadlet defines", () => {
    const state = read({ "desired-state/networks.yaml": "a:\n", "desired-state/x/a.network": "[Network]\n" });
    expect(linesOf(state)).toEqual([
      'desired-state/x/a.network: desired-state/networks.yaml declares the network "a" too (remove one of the two)',
    ]);
  });
});

describe("addresses and subnets of networks", () => {
  it.each([
    ["0.0.0.0", 0n],
    ["10.89.2.1", 0x0a590201n],
    ["255.255.255.255", 0xffffffffn],
    ["::", 0n],
    ["::1", 1n],
    ["fd00::1:2", 0xfd000000000000000000000000010002n],
    ["1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008n],
    ["::ffff:10.0.0.1", 0xffff0a000001n],
  ])("include %s as a number", (text, value) => {
    expect(parseAddress(text)?.value).toBe(value);
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.-4",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "g::",
    "1:2:3:4:5:6:7::8",
    "fe80::1%eth0",
  ])("do not include %s", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.0.0.0/8", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["0.0.0.0/0", "192.168.0.0/16", true],
    ["0.0.0.0/0", "::/0", false],
    ["fd00::/64", "fd00:0:0:1::/64", false],
  ])("of %s and %s overlap: %s", (a, b, shared) => {
    const [one, two] = [parseSubnet(a), parseSubnet(b)];
    expect(one && two && overlap(one, two)).toBe(shared);
  });

  it("belong to a subnet up to its last address", () => {
    const subnet = parseSubnet("10.89.2.0/23");
    const within = (text: string) => {
      const address = parseAddress(text);
      return subnet && address && contains(subnet, address);
    };
    expect([within("10.89.2.0"), within("10.89.3.255"), within("10.89.4.0"), within("::1")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
