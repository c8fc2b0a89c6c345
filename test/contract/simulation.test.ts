import { beforeEach, describe, expect, it } from "vitest";
import { describeFakeHost } from "../support/fake-host/describe.ts";
import { connect, people, reboot, World } from "../support/fake-host/index.ts";

const START_MS = 60_000;
const ALWAYS = "[Service]\nRestart=always\n";
const CHECKED = "HealthCmd=true\nHealthInterval=10s\nHealthRetries=2\n";

let world: World;

/** Writes and starts a container's unit. */
async function start(name: string, { unit = "", container = "", more = "" }): Promise<void> {
  const { host } = connect(world, undefined);
  const text = `[Unit]\n${unit}\n[Container]\nImage=docker.io/library/${name}:1\nContainerName=${name}\n${container}\n${more}`;
  await host.files.write(`${host.facts.unitDir}/${name}.container`, text);
  await host.systemd.daemonReload();
  await host.systemd.start(`${name}.service`, START_MS);
}

const state = async (name: string) => {
  const services = await connect(world, undefined).host.systemd.services([`${name}.service`]);
  const { activeState, subState, result, restarts, mainPid } = services.get(`${name}.service`) ?? {};
  return { activeState, subState, result, restarts, isUp: mainPid !== 0 };
};

/** What the journal and podman say of a service from now on, in short. */
function listen(name: string): () => { readonly journal: string; readonly events: string } {
  const { journal, events } = world.contents;
  const from = [journal.length, events.length];
  return () => ({
    journal: journal
      .slice(from[0])
      .filter(({ service }) => service === `${name}.service`)
      .map(({ kind, job = "" }) => `${kind}${job && `/${job}`}`)
      .join(" "),
    events: events
      .slice(from[1])
      .filter(({ service }) => service === `${name}.service`)
      .map(({ status, health }) => health ?? status)
      .join(" "),
  });
}

const AGAIN = { journal: "restart-scheduled starting/start started/start", events: "create init start" };
const ENDED = { journal: "", events: "died remove", again: ["always"] };
const FAILED = { journal: "exited failed", events: "died remove", again: ["always", "on-failure"] };
const STOPPED = { journal: "stopping/stop stopped/stop", events: "died remove", again: [] };

/** As measured on podman 5.4 and systemd 257. */
const ENDS = {
  stop: STOPPED,
  restart: {
    journal: "stopping/stop stopped/restart starting/start started/start",
    events: "died remove create init start",
    again: [],
  },
  podmanKill: { ...FAILED, events: "kill died remove" },
  podmanRestart: { ...ENDED, events: "restart died init start died remove" },
  podmanStop: ENDED,
  systemctlKill: ENDED,
} as const;

describeFakeHost("the fake host's simulation", () => {
  beforeEach(() => {
    world = new World();
  });

  describe.each(["no", "on-failure", "always"])("of a service with Restart=%s", (restart) => {
    it.each(Object.entries(ENDS))("tells of %s what a real one does", async (act, { again, ...told }) => {
      await start("app", { more: `[Service]\nRestart=${restart}\n` });
      const said = listen("app");
      people[act as keyof typeof ENDS](world, "app.service");
      world.clock.advance(1_000);
      const isAgain = again.some((one) => one === restart);
      expect(said()).toEqual(
        isAgain
          ? {
              journal: `${told.journal} ${AGAIN.journal}`.trim(),
              events: `${told.events} ${AGAIN.events}`,
            }
          : told,
      );
      const isUp = isAgain || act === "restart";
      expect(await state("app")).toMatchObject({ isUp, restarts: isAgain ? 1 : 0 });
    });
  });

  it("ends a program by itself, and starts it again until the limit", async () => {
    world.contents.behaviours.set("docker.io/library/app:1", { kind: "ends", afterMs: 1_000, status: 3 });
    await start("app", { more: ALWAYS });
    expect(await state("app")).toMatchObject({ activeState: "active", subState: "running" });
    world.clock.advance(1_000);
    expect(await state("app")).toMatchObject({ activeState: "activating", subState: "auto-restart" });
    world.clock.advance(500);
    expect(await state("app")).toMatchObject({ activeState: "active", restarts: 1 });
    world.clock.advance(10_000);
    expect(await state("app")).toMatchObject({ activeState: "failed", result: "start-limit-hit" });
  });

  it("restarts a slow crash loop for ever", async () => {
    world.contents.behaviours.set("app.service", { kind: "ends", afterMs: 4_000, status: 0 });
    await start("app", { more: ALWAYS });
    world.clock.advance(60_000);
    expect((await state("app")).restarts).toBe(14);
  });

  it("turns unhealthy at its time, and then kills what says so", async () => {
    world.contents.behaviours.set("app.service", { kind: "sick", afterMs: 25_000 });
    await start("app", { container: `${CHECKED}HealthOnFailure=kill`, more: "[Service]\nRestart=no\n" });
    const said = listen("app");
    world.clock.advance(35_000);
    expect(await state("app")).toMatchObject({ isUp: true });
    world.clock.advance(5_000);
    expect(await state("app")).toMatchObject({ activeState: "failed", result: "exit-code" });
    expect(said().events).toBe("healthy healthy healthy healthy unhealthy kill died remove");
  });

  it.each([
    ["BindsTo", "stop", "stopping/stop stopped/stop"],
    ["BindsTo", "podmanKill", "stopping/stop stopped/stop"],
    ["PartOf", "stop", "stopping/stop stopped/stop"],
    ["PartOf", "podmanKill", ""],
    ["PartOf", "restart", ENDS.restart.journal],
    ["Requires", "stop", "stopping/stop stopped/stop"],
    ["Requires", "podmanKill", ""],
  ] as const)("lets %s= follow %s as systemd does", async (key, act, journal) => {
    await start("db", {});
    await start("app", { unit: `${key}=db.service\nAfter=db.service` });
    const said = listen("app");
    people[act](world, "db.service");
    world.clock.advance(1_000);
    expect(said().journal).toBe(journal);
  });

  it("restarts what requires a service that it starts again by itself", async () => {
    await start("db", { more: ALWAYS });
    await start("app", { unit: "Requires=db.service\nAfter=db.service" });
    const said = listen("app");
    people.end(world, "db.service", 1);
    world.clock.advance(1_000);
    expect(said().journal).toBe(ENDS.restart.journal);
  });

  it("boots: a new boot id and clock, and what is wanted at boot is up", async () => {
    await start("app", { more: "[Install]\nWantedBy=default.target\n" });
    await start("other", {});
    world.contents.nextStarts.set("app.service", [{ kind: "exits" }]);
    const { bootId } = world.facts;
    await reboot(world);
    expect(world.facts.bootId).not.toBe(bootId);
    expect(await state("app")).toMatchObject({ activeState: "failed" });
    expect(await state("other")).toMatchObject({ activeState: "inactive" });
    const { host } = connect(world, undefined);
    const told = await host.systemd.history(["app.service"], { boot: bootId, ms: 0 });
    expect(told?.map(({ kind }) => kind)).toEqual([
      ...["starting", "started", "manager-started", "starting", "exited", "failed", "start-failed"],
    ]);
    expect(host.clock.ticks()).toBeLessThan(1_000);
  });

  it("lets things happen at their time, whoever sleeps how long", async () => {
    world.contents.behaviours.set("app.service", { kind: "ends", afterMs: 1_234, status: 1 });
    await start("app", {});
    const began = world.clock.ticks();
    world.in(777, () => people.stop(world, "app.service"));
    await world.clock.sleep(5_000);
    const stopped = world.contents.journal.find(({ kind }) => kind === "stopped");
    expect(stopped?.ms).toBe(began + 777);
    expect((await state("app")).activeState).toBe("inactive");
  });

  it("stops a pod with its last member", async () => {
    const { host } = connect(world, undefined);
    await host.files.write(`${host.facts.unitDir}/p.pod`, "[Pod]\n");
    await start("one", { container: "Pod=p.pod" });
    await start("two", { container: "Pod=p.pod" });
    expect(await state("p-pod")).toMatchObject({ activeState: "active" });
    people.end(world, "one.service", 0);
    expect(await state("p-pod")).toMatchObject({ activeState: "active" });
    people.end(world, "two.service", 0);
    await world.clock.sleep(1_000);
    expect(await state("p-pod")).toMatchObject({ activeState: "inactive" });
  });
});
