import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestOf } from "../../src/lib/digest.ts";
import { CommandError, QuadgateError } from "../../src/model/errors.ts";
import type { Host } from "../../src/model/host.ts";
import {
  at,
  imageIdOf,
  type Json,
  listAt,
  objectAt,
  type ServiceState,
  textAt,
} from "../../src/model/live.ts";
import { type Unit, unitKindOf } from "../../src/model/unit.ts";

/** A machine that the contract is checked on. */
export interface ContractMachine {
  readonly host: Host;
  /** Another process on the same machine. */
  another(): Promise<{ readonly host: Host; kill(): Promise<void> }>;
  /** Lets a unit of this name, which is not podman's generator's, fail. */
  failUnit(name: string): Promise<void>;
}

const IMAGE = "docker.io/library/busybox:1.37";
const HOLD = `Exec=sh -c "trap 'exit 0' TERM; while :; do sleep 0.1; done"`;
const START_MS = 60_000;

const unit = (name: string, content: string): Unit => ({
  name,
  kind: unitKindOf(name) ?? "file",
  instance: "contract",
  content,
  mode: "0644",
  digest: digestOf(content),
  origin: { file: name },
});

/** What quadgate relies on of a host: the same for the fake one, and for podman and systemd. */
export function hostContract(open: () => ContractMachine | Promise<ContractMachine>): void {
  let machine: ContractMachine;
  let host: Host;
  const written = new Set<string>();

  const put = async (units: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(units)) {
      written.add(name);
      await host.files.write(`${host.facts.unitDir}/${name}`, content);
    }
    await host.systemd.daemonReload();
  };
  const drop = async (name: string) => {
    await host.files.remove(`${host.facts.unitDir}/${name}`);
    await host.systemd.daemonReload();
  };
  const state = async (service: string): Promise<ServiceState> => {
    const found = (await host.systemd.services([service])).get(service);
    if (found === undefined) throw new Error(`no answer about ${service}`);
    return found;
  };
  const container = async (name: string): Promise<Json | undefined> =>
    (await host.podman.containers()).find((one) => textAt(one, "Name") === name);
  const network = async (name: string): Promise<Json | undefined> =>
    (await host.podman.networks()).find((one) => textAt(one, "name") === name);
  const idOf = async (name: string) => textAt(await container(name), "Id");

  beforeAll(async () => {
    machine = await open();
    host = machine.host;
  });
  afterAll(async () => {
    for (const name of written) await host?.files.remove(`${host.facts.unitDir}/${name}`);
  });

  describe("systemd", () => {
    it("does not know a service that was never made", async () => {
      expect(await state("nobody.service")).toMatchObject({
        name: "nobody.service",
        loadState: "not-found",
        activeState: "inactive",
        fragmentPath: "",
        memoryMax: null,
      });
      await expect(host.systemd.restart("nobody.service", START_MS)).rejects.toThrow(CommandError);
      await expect(host.systemd.stop("nobody.service")).rejects.toThrow(CommandError);
    });

    it("finds a new file after a daemon-reload, with its limits", async () => {
      const path = `${host.facts.unitDir}/found.container`;
      await host.files.write(path, `[Container]\nImage=${IMAGE}\n[Service]\nMemoryMax=64M\nCPUQuota=150%\n`);
      written.add("found.container");
      expect((await state("found.service")).loadState).toBe("not-found");
      await host.systemd.daemonReload();
      expect(await state("found.service")).toMatchObject({
        loadState: "loaded",
        activeState: "inactive",
        sourcePath: path,
        fragmentPath: `${host.facts.generatorDir}/found.service`,
        memoryMax: 64 * 1024 * 1024,
        memoryHigh: null,
        cpuQuotaPerSecUSec: 1_500_000,
        unitFileState: "generated",
        dropInPaths: [],
      });
      const text = await host.files.read(`${host.facts.generatorDir}/found.service`);
      expect(text).toContain(`SourcePath=${path}`);
    });

    it("reports a failed start, and forgets it when asked to", async () => {
      await put({ "broken.container": "[Container]\nImage=docker.io/library/nothing-of-that-name:1\n" });
      await expect(host.systemd.restart("broken.service", START_MS)).rejects.toThrow(CommandError);
      expect(await state("broken.service")).toMatchObject({ activeState: "failed", result: "exit-code" });
      expect(await host.systemd.failedUnits()).toContain("broken.service");
      await host.systemd.resetFailed("broken.service");
      expect((await state("broken.service")).activeState).toBe("inactive");
      expect(await host.systemd.failedUnits()).not.toContain("broken.service");
    });

    it("enables, starts and disables a plain unit, and reloads nothing by itself", async () => {
      const path = `${host.facts.systemdDir}/tick.timer`;
      const link = `${host.facts.systemdDir}/timers.target.wants/tick.timer`;
      const job = `${host.facts.systemdDir}/tick.service`;
      await host.files.write(job, "[Service]\nType=oneshot\nExecStart=/bin/true\n");
      await host.files.write(path, "[Timer]\nOnCalendar=yearly\n[Install]\nWantedBy=timers.target\n");
      await host.systemd.enable("tick.timer");
      expect((await host.files.stat(link))?.kind).toBe("symlink");
      await host.systemd.daemonReload();
      await host.systemd.start("tick.timer", START_MS);
      expect(await state("tick.timer")).toMatchObject({
        loadState: "loaded",
        activeState: "active",
        subState: "waiting",
        unitFileState: "enabled",
        fragmentPath: path,
        dropInPaths: [],
        needDaemonReload: false,
      });
      expect((await state("tick.service")).triggeredBy).toEqual(["tick.timer"]);
      await host.files.write(path, "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n");
      expect((await state("tick.timer")).needDaemonReload).toBe(true);
      await host.systemd.stop("tick.timer");
      await host.systemd.disable("tick.timer");
      expect(await host.files.stat(link)).toBeUndefined();
      for (const file of [path, job]) await host.files.remove(file);
      await host.systemd.daemonReload();
      expect((await state("tick.timer")).loadState).toBe("not-found");
    });

    it("stops several units in one transaction", async () => {
      const folder = host.facts.systemdDir;
      await host.files.write(`${folder}/pair.socket`, "[Socket]\nListenStream=%t/pair.sock\n");
      await host.files.write(`${folder}/pair.service`, "[Service]\nExecStart=/bin/sleep infinity\n");
      await host.systemd.daemonReload();
      for (const name of ["pair.socket", "pair.service"]) await host.systemd.start(name, START_MS);
      await host.systemd.stop("pair.socket", ["pair.service"]);
      expect((await state("pair.socket")).activeState).toBe("inactive");
      expect((await state("pair.service")).activeState).toBe("inactive");
      for (const name of ["pair.socket", "pair.service"]) await host.files.remove(`${folder}/${name}`);
      await host.systemd.daemonReload();
    });

    it("leaves podman's transient units out of the failed ones, and no others", async () => {
      const transient = `${"0123456789abcdef".repeat(4)}-1f.service`;
      await machine.failUnit(transient);
      await machine.failUnit("somebody-else.service");
      expect(await host.systemd.failedUnits()).toContain("somebody-else.service");
      expect(await host.systemd.failedUnits()).not.toContain(transient);
    });
  });

  describe("a container's service", () => {
    it("makes a container that says what it comes from, and removes it when it is stopped", async () => {
      await put({
        "web.network": "[Network]\nSubnet=10.77.1.0/24\n",
        "web.container": `[Container]\nImage=${IMAGE}\nContainerName=web\nNetwork=web.network\nLabel=a=b\n${HOLD}\n`,
      });
      await host.systemd.restart("web.service", START_MS);
      expect(await state("web.service")).toMatchObject({ activeState: "active", subState: "running" });
      const found = await container("web");
      expect(objectAt(found, "Config", "Labels")).toMatchObject({
        a: "b",
        PODMAN_SYSTEMD_UNIT: "web.service",
      });
      expect(listAt(found, "Config", "CreateCommand").slice(1, 2)).toEqual(["run"]);
      expect(at(found, "State", "Running")).toBe(true);
      expect(textAt(found, "ImageName")).toBe(IMAGE);
      const listed = (await host.podman.listed()).find(({ name }) => name === "web");
      expect(listed).toMatchObject({
        id: textAt(found, "Id"),
        imageId: imageIdOf(found ?? {}),
        labels: { a: "b", PODMAN_SYSTEMD_UNIT: "web.service" },
      });
      expect(await host.podman.inspect("container", [listed?.id ?? ""])).toMatchObject([
        { Id: textAt(found, "Id") },
      ]);
      const net = await network("systemd-web");
      expect(textAt(found, "NetworkSettings", "Networks", "systemd-web", "NetworkID")).toBe(
        textAt(net, "id"),
      );
      expect(textAt(net, "subnets", 0, "subnet")).toBe("10.77.1.0/24");
      await host.systemd.stop("web.service");
      expect((await state("web.service")).activeState).toBe("inactive");
      expect(await container("web")).toBeUndefined();
      await host.systemd.stop("web.service");
    });

    it("makes a new container at each restart, and at a start if there is none", async () => {
      await put({ "again.container": `[Container]\nImage=${IMAGE}\nContainerName=again\n${HOLD}\n` });
      await host.systemd.restart("again.service", START_MS);
      const before = [await idOf("again"), (await state("again.service")).invocationId];
      await host.systemd.restart("again.service", START_MS);
      const after = [await idOf("again"), (await state("again.service")).invocationId];
      expect(after[0]).not.toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
      expect((await host.podman.exec("again", ["true"], 10_000)).exitCode).toBe(0);
      await host.systemd.start("again.service", START_MS);
      expect(await idOf("again")).toBe(after[0]);
      await host.systemd.stop("again.service");
      await host.systemd.start("again.service", START_MS);
      expect(await idOf("again")).not.toBe(after[0]);
      await host.systemd.stop("again.service");
    });

    it("is restarted with the network that it requires", async () => {
      await put({
        "bond.network": "[Network]\n",
        "bond.container": `[Container]\nImage=${IMAGE}\nContainerName=bond\nNetwork=bond.network\n${HOLD}\n`,
      });
      await host.systemd.restart("bond.service", START_MS);
      const before = await idOf("bond");
      await host.systemd.restart("bond-network.service", START_MS);
      await expect.poll(() => idOf("bond"), { timeout: 20_000 }).not.toBe(before);
      await expect.poll(async () => (await state("bond.service")).activeState).toBe("active");
      await host.systemd.stop("bond-network.service");
      expect((await state("bond.service")).activeState).toBe("inactive");
    });

    it("continues when its source is gone, and what a stop then leaves behind can be removed", async () => {
      await put({ "orphan.container": `[Container]\nImage=${IMAGE}\nContainerName=orphan\n${HOLD}\n` });
      await host.systemd.restart("orphan.service", START_MS);
      await drop("orphan.container");
      expect(await state("orphan.service")).toMatchObject({ loadState: "not-found", activeState: "active" });
      await host.systemd.stop("orphan.service");
      // Whether the container goes with its processes depends on which of them dies first.
      await host.podman.removeContainer("orphan");
      expect(await container("orphan")).toBeUndefined();
      await host.podman.removeContainer("orphan");
    });
  });

  describe("a container's health", () => {
    const sick = (name: string, command: string) =>
      `[Container]\nImage=${IMAGE}\nContainerName=${name}\nHealthCmd=${command}\nHealthInterval=1h\nNotify=healthy\n${HOLD}\n`;

    it("delays the start of a service with Notify=healthy", async () => {
      await put({ "well.container": sick("well", "true") });
      const job = host.systemd.restart("well.service", START_MS);
      let running = true;
      const done = job.finally(() => {
        running = false;
      });
      while (running) {
        await Promise.race([host.clock.sleep(200), done]);
        if (running) await host.podman.healthcheck("well");
      }
      expect((await state("well.service")).activeState).toBe("active");
      expect(textAt(await container("well"), "State", "Health", "Status")).toBe("healthy");
      expect(await host.podman.healthcheck("well")).toBe("healthy");
      await host.systemd.stop("well.service");
    });

    it("that is never reached ends the wait in time, and the start continues", async () => {
      await put({ "sick.container": sick("sick", "false") });
      await expect(host.systemd.restart("sick.service", 3_000)).rejects.toThrow("not up within 3 s");
      expect((await state("sick.service")).activeState).toBe("activating");
      expect(await host.podman.healthcheck("sick")).toBe("unhealthy");
      await host.systemd.stop("sick.service");
      expect((await state("sick.service")).activeState).not.toBe("activating");
      expect(await container("sick")).toBeUndefined();
    });

    it("is undefined if nothing checks it", async () => {
      await put({ "plain.container": `[Container]\nImage=${IMAGE}\nContainerName=plain\n${HOLD}\n` });
      await host.systemd.restart("plain.service", START_MS);
      expect(await host.podman.healthcheck("plain")).toBe("none");
      await host.systemd.stop("plain.service");
    });
  });

  describe("a podman network", () => {
    it("cannot be removed while a container is on it, and its service does not notice when it is", async () => {
      await put({
        "used.network": "[Network]\n",
        "used.container": `[Container]\nImage=${IMAGE}\nContainerName=used\nNetwork=used.network\n${HOLD}\n`,
      });
      await host.systemd.restart("used.service", START_MS);
      await expect(host.podman.removeNetwork("systemd-used")).rejects.toThrow(CommandError);
      await host.systemd.stop("used.service");
      await host.podman.removeNetwork("systemd-used");
      await host.podman.removeNetwork("systemd-used");
      expect(await network("systemd-used")).toBeUndefined();
      expect((await state("used-network.service")).activeState).toBe("active");
      await expect(host.systemd.restart("used.service", START_MS)).rejects.toThrow(CommandError);
      await host.systemd.resetFailed("used.service");
    });

    it("stays as it is when its definition changes, until it is replaced", async () => {
      await put({ "same.network": "[Network]\nSubnet=10.77.2.0/24\n" });
      await host.systemd.restart("same-network.service", START_MS);
      await put({ "same.network": "[Network]\nSubnet=10.77.3.0/24\n" });
      await host.systemd.restart("same-network.service", START_MS);
      expect(textAt(await network("systemd-same"), "subnets", 0, "subnet")).toBe("10.77.2.0/24");
      await host.podman.removeNetwork("systemd-same");
      await host.systemd.restart("same-network.service", START_MS);
      expect(textAt(await network("systemd-same"), "subnets", 0, "subnet")).toBe("10.77.3.0/24");
      await host.systemd.stop("same-network.service");
    });
  });

  describe("the Quadlet generator", () => {
    it("names each service's source, and says what it refuses", async () => {
      const made = await host.quadlet.generate([
        unit("good.container", `[Container]\nImage=${IMAGE}\n`),
        unit("bad.container", "[Container]\nNetwork=nowhere.network\n"),
      ]);
      expect(made.services.get("good.service")).toMatchObject({ unit: "good.container" });
      expect([...made.services.keys()]).toEqual(["good.service"]);
      expect(made.messages.map(({ message }) => message).join("\n")).toContain("bad.container");
    });
  });

  describe("the host's files", () => {
    it("are written whole with their mode, listed in order and removed with all they hold", async () => {
      const folder = `${host.facts.home}/contract`;
      await host.files.write(`${folder}/b`, "first", { mode: 0o600 });
      await host.files.write(`${folder}/b`, "second", { mode: 0o640 });
      await host.files.write(`${folder}/a/deep`, "x");
      await host.files.append(`${folder}/b`, "+\n");
      expect(await host.files.list(folder)).toEqual(["a", "b"]);
      expect(await host.files.read(`${folder}/b`)).toBe("second+\n");
      expect(await host.files.stat(`${folder}/b`)).toMatchObject({ mode: 0o640, kind: "file", size: 8 });
      expect(await host.files.stat(`${folder}/a`)).toMatchObject({ kind: "directory" });
      expect([...(await host.files.tree(folder, ["a", "nothing"])).files]).toEqual([["a/deep", "x"]]);
      await host.files.removeEmptyFolder(`${folder}/a`);
      expect(await host.files.read(`${folder}/a/deep`)).toBe("x");
      await host.files.remove(folder);
      expect(await host.files.read(`${folder}/a/deep`)).toBe("x");
      await host.files.removeTree(folder);
      await host.files.removeTree(folder);
      expect(await host.files.stat(folder)).toBeUndefined();
      expect(await host.files.read(`${folder}/b`)).toBeUndefined();
      expect(await host.files.list(folder)).toEqual([]);
    });
  });

  describe("the host's lock", () => {
    it("keeps others out until it is released, or its holder is killed", async () => {
      const path = `${host.facts.stateDir}/contract-lock`;
      const refused = (error: unknown) => error instanceof QuadgateError && error.reason === "locked";
      const other = await machine.another();
      const release = await other.host.lock.acquire(path, { waitMs: 0 });
      await expect(host.lock.acquire(path, { waitMs: 0 })).rejects.toSatisfy(refused);
      await release();
      const mine = await host.lock.acquire(path, { waitMs: 0 });
      await expect(other.host.lock.acquire(path, { waitMs: 0 })).rejects.toSatisfy(refused);
      await mine();
      await other.host.lock.acquire(path, { waitMs: 0 });
      await other.kill();
      const again = await host.lock.acquire(path, { waitMs: 2_000 });
      await again();
    });

    it("lets those in together who share it, and nobody else", async () => {
      const path = `${host.facts.stateDir}/contract-shared`;
      const refused = (error: unknown) => error instanceof QuadgateError && error.reason === "locked";
      const other = await machine.another();
      const first = await host.lock.acquire(path, { waitMs: 0, shared: true });
      await other.host.lock.acquire(path, { waitMs: 0, shared: true });
      await first();
      await expect(host.lock.acquire(path, { waitMs: 0 })).rejects.toSatisfy(refused);
      await other.kill();
      const alone = await host.lock.acquire(path, { waitMs: 2_000 });
      await expect(host.lock.acquire(path, { waitMs: 0, shared: true })).rejects.toSatisfy(refused);
      await alone();
    });
  });
}
