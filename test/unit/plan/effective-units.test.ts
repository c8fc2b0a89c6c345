import { describe, expect, it } from "vitest";
import type { InventoryUnit } from "../../../src/model/inventory.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { effectiveUnits, textsKeptBack } from "../../../src/plan/effective-units.ts";
import { unitOf } from "../../support/plan-input.ts";

const owner = ({ name, instance, digest }: Unit): readonly [string, InventoryUnit] => [
  name,
  { instance, service: name.replace(/\..*$/, ".service"), digest, revision: "r" },
];

/** What is worked towards, as `name: text`, and what of git is kept back, if these instances stay. */
function effective(
  git: readonly Unit[],
  inForce: readonly Unit[],
  staying: readonly string[],
  known: readonly Unit[] = inForce,
) {
  const owned = Object.fromEntries(inForce.map(owner));
  const stays = ({ instance }: Pick<Unit, "instance">) => staying.includes(instance);
  const units = effectiveUnits(git, known, owned, stays);
  return {
    units: units.map(({ name, content }) => `${name}: ${content}`).sort(),
    keptBack: textsKeptBack(git, owned, stays),
  };
}

const VPN = {
  one: unitOf("vpn.container", "ContainerName=one"),
  two: unitOf("vpn.container", "ContainerName=two"),
};
const TORRENT = unitOf("torrent.container", "Network=vpn.container");
const LAN = unitOf("lan.network", "Subnet=10.9.0.0/24");

describe("the effective desired state", () => {
  it.each<[string, Parameters<typeof effective>, ReturnType<typeof effective>]>([
    [
      "is git's if nothing is left alone",
      [[VPN.two, TORRENT], [VPN.one, TORRENT], []],
      {
        units: ["torrent.container: Network=vpn.container", "vpn.container: ContainerName=two"],
        keptBack: [],
      },
    ],
    [
      "has the text in force of what is left alone",
      [[VPN.two, TORRENT], [VPN.one, TORRENT], ["vpn"]],
      {
        units: ["torrent.container: Network=vpn.container", "vpn.container: ContainerName=one"],
        keptBack: ["vpn.container"],
      },
    ],
    [
      "lacks what is left alone before its first deployment",
      [[VPN.two, TORRENT], [TORRENT], ["vpn"]],
      { units: ["torrent.container: Network=vpn.container"], keptBack: ["vpn.container"] },
    ],
    [
      "keeps nothing back if what is left alone has no other text in git",
      [[VPN.one, TORRENT], [VPN.one, TORRENT], ["vpn"]],
      {
        units: ["torrent.container: Network=vpn.container", "vpn.container: ContainerName=one"],
        keptBack: [],
      },
    ],
    [
      "has the units in force of what cannot be read in git",
      [[TORRENT], [VPN.one, TORRENT], ["vpn"]],
      {
        units: ["torrent.container: Network=vpn.container", "vpn.container: ContainerName=one"],
        keptBack: ["vpn.container"],
      },
    ],
    [
      "has what git dropped and the text in force of something left alone names",
      [[], [unitOf("web.container", "Network=lan.network"), LAN], ["web"]],
      {
        units: ["lan.network: Subnet=10.9.0.0/24", "web.container: Network=lan.network"],
        keptBack: ["web.container"],
      },
    ],
    [
      "has the whole instance that git dropped if its service is named",
      [
        [],
        [
          unitOf("web.container", "Requires=db.service"),
          unitOf("db.container", "Image=db"),
          { ...unitOf("db.container.d/10.conf", "x"), instance: "db" },
          { ...unitOf("db-data.volume", "Copy=yes"), instance: "db" },
          unitOf("old.container", "Image=old"),
        ],
        ["web"],
      ],
      {
        units: [
          "db-data.volume: Copy=yes",
          "db.container.d/10.conf: x",
          "db.container: Image=db",
          "web.container: Requires=db.service",
        ],
        keptBack: ["web.container"],
      },
    ],
    [
      "has the template of an instance that a text left alone needs",
      [[], [unitOf("web.container", "Requires=x@one.service"), unitOf("x@.container", "Image=x")], ["web"]],
      {
        units: ["web.container: Requires=x@one.service", "x@.container: Image=x"],
        keptBack: ["web.container"],
      },
    ],
    [
      "keeps all that is in force if a text left alone is lost, because what it needs is unknown",
      [
        [],
        [unitOf("web.container", "Requires=db.service"), unitOf("db.container", "Image=db")],
        ["web"],
        [unitOf("db.container", "Image=db")],
      ],
      { units: ["db.container: Image=db"], keptBack: ["web.container"] },
    ],
    [
      "falls back on git's text if the text in force is lost",
      [[VPN.two], [VPN.one], ["vpn"], []],
      { units: ["vpn.container: ContainerName=two"], keptBack: ["vpn.container"] },
    ],
  ])("%s", (_, input, expected) => {
    expect(effective(...input)).toEqual(expected);
  });
});
