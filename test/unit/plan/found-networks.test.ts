import { beforeEach, describe, expect, it } from "vitest";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { inventoryOf, quadgate, sync } from "../../support/fake-host/homelab.ts";
import { whyNoFakeHost } from "../../support/fake-host/index.ts";

const homelab = fakeHomelab();

beforeEach(() => {
  homelab.world.contents.networks.set("mine", { name: "mine", id: "1".repeat(64), driver: "bridge" });
});

const network = (name: string, more = "") => `[Network]\nNetworkName=${name}\n${more}`;
const OTHER = { "desired-state/other.network": network("other") };

/** What a sync of these files does, says of networks that it found, and leaves of networks. */
async function push(files: Readonly<Record<string, string>>) {
  homelab.commit({ ...OTHER, ...files });
  const { plan, outcomes } = await homelab.sync({ allowPrune: true });
  const reasons = plan.changes.flatMap((change) => change.reasons);
  return {
    done: outcomes.map(({ unit, outcome, message }) => [unit, outcome, ...(message ? [message] : [])]),
    told: reasons.filter(({ code }) => code === "network-found").map(({ message }) => message),
    networks: [...homelab.world.contents.networks.keys()].filter((name) => name !== "podman").sort(),
  };
}

const STAYS = "the network mine existed before quadgate; quadgate keeps it";
const USED =
  "the network mine existed before quadgate; quadgate uses it as it is, and keeps it when the unit goes";

describe.skipIf(whyNoFakeHost !== undefined)("a network that existed before its unit", () => {
  it("stays when the unit goes, and plan and report say so", async () => {
    const taken = await push({ "desired-state/mine.network": network("mine") });
    expect(taken.told).toEqual([USED]);
    expect(taken.done).toContainEqual(["mine.network", "created", USED]);
    const gone = await push({});
    expect(gone).toEqual({
      done: [["mine.network", "deleted", STAYS]],
      told: [STAYS],
      networks: ["mine", "other"],
    });
    expect(Object.keys((await homelab.inventory()).units)).toEqual(["other.network"]);
  });

  it("stays after updates of the unit too, while a network that quadgate made is removed", async () => {
    await push({
      "desired-state/mine.network": network("mine"),
      "desired-state/own.network": network("own"),
    });
    await push({
      "desired-state/mine.network": network("mine", "Label=a=b\n"),
      "desired-state/own.network": network("own", "Label=a=b\n"),
    });
    expect((await push({})).networks).toEqual(["mine", "other"]);
  });

  it("stays when the unit takes another name, and no longer belongs to the unit", async () => {
    await push({ "desired-state/mine.network": network("mine") });
    const renamed = await push({ "desired-state/mine.network": network("own") });
    expect(renamed).toEqual({
      done: [["mine.network", "updated", STAYS]],
      told: [STAYS],
      networks: ["mine", "other", "own"],
    });
    expect(await push({})).toMatchObject({ told: [], networks: ["mine", "other"] });
  });

  it("stays after one of quadgate's units has taken its name", async () => {
    await push({ "desired-state/own.network": network("own") });
    expect((await push({ "desired-state/own.network": network("mine") })).networks).toEqual([
      "mine",
      "other",
    ]);
    expect(await push({})).toMatchObject({ told: [STAYS], networks: ["mine", "other"] });
  });

  it("does not belong to another unit whose network merely changed its name", async () => {
    await push({ "desired-state/own.network": network("own") });
    await push({ "desired-state/renamed.network": network("own") });
    expect(await push({})).toMatchObject({ told: [], networks: ["mine", "other"] });
  });

  it("is not removed when a unit that did not become ready is put back", async () => {
    const failed = await push({ "desired-state/mine.network": network("mine", "Subnet=10.50.0.0/24\n") });
    expect(failed.done.find(([unit]) => unit === "mine.network")).toContain("failed");
    expect(failed.networks).toEqual(["mine", "other"]);
    expect(Object.keys((await homelab.inventory()).units)).toEqual(["other.network"]);
  });

  it("stays wherever the sync that takes it over is interrupted", async () => {
    const git = (files: Readonly<Record<string, string>>) => homelab.commit({ ...OTHER, ...files });
    git({});
    await homelab.sync();
    const wanted = git({ "desired-state/mine.network": network("mine") });
    const whole = quadgate(homelab.world.fork(), homelab.repository);
    await whole.sync();
    const gone = git({});
    const id = homelab.world.contents.networks.get("mine")?.id;
    for (let at = 1; at <= whole.connection.effects.length; at += 1) {
      const machine = homelab.world.fork();
      const faults = { fault: "dies", at, among: "effects" } as const;
      homelab.repository.moveTo(wanted);
      const dying = quadgate(machine, homelab.repository, { faults }).sync();
      await dying.catch(() => undefined);
      await machine.idle();
      if (at % 2 === 0) await sync(machine, homelab.repository);
      homelab.repository.moveTo(gone);
      await sync(machine, homelab.repository, { allowPrune: true });
      expect(machine.contents.networks.get("mine")?.id, `died at effect ${at}`).toBe(id);
      expect(Object.keys((await inventoryOf(machine)).units)).toEqual(["other.network"]);
    }
  });
});
