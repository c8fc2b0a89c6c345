import { beforeEach, describe, expect, it } from "vitest";
import { audit } from "../../../src/audit/audit.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const JOB = "[Container]\nImage=docker.io/library/backup:1\n[Service]\nType=oneshot\n";
const timer = (calendar: string, more = "") =>
  `[Timer]\nOnCalendar=${calendar}\n${more}[Install]\nWantedBy=timers.target\n`;
const WEB = "[Container]\nImage=docker.io/library/web:1\n";
const SOCKET = "[Socket]\nListenStream=8080\n[Install]\nWantedBy=sockets.target\n";

describeFakeHost("plain systemd units", () => {
  const homelab = fakeHomelab();
  const tree = new Map<string, string>();
  beforeEach(() => tree.clear());
  const dir = () => homelab.world.facts.systemdDir;
  const link = (path: string) => homelab.world.files.links.has(`${dir()}/${path}`);
  const text = (name: string) => homelab.world.files.files.get(`${dir()}/${name}`)?.content;
  const active = async (name: string) => (await homelab.host.systemd.services([name])).get(name)?.activeState;
  const work = async () => {
    const { plan, result, outcomes } = await homelab.sync();
    const changes = plan.changes.filter(({ action }) => action !== "none");
    return { result, work: changes.map(({ action, unit }) => `${action} ${unit}`), outcomes, plan };
  };
  const commit = (files: Readonly<Record<string, string | null>>) => {
    for (const [name, content] of Object.entries(files)) {
      if (content === null) tree.delete(`desired-state/${name}`);
      else tree.set(`desired-state/${name}`, content);
    }
    homelab.commit(Object.fromEntries(tree));
  };

  describe("a timer and its job", () => {
    beforeEach(async () => {
      commit({ "backup.container": JOB, "backup.timer": timer("daily") });
      await homelab.sync();
    });

    it("are one instance: the timer is enabled and started, the job is loaded", async () => {
      expect(text("backup.timer")).toBe(timer("daily"));
      expect(link("timers.target.wants/backup.timer")).toBe(true);
      expect(await active("backup.timer")).toBe("active");
      expect(homelab.world.contents.runs.get("backup.service")).toBeUndefined();
      const { units } = await homelab.inventory();
      expect(units["backup.timer"]).toMatchObject({
        instance: "backup",
        service: "backup.timer",
        links: [`${dir()}/timers.target.wants/backup.timer`],
      });
      expect((await work()).result).toBe("in-sync");
    });

    it("are changed while the job is held back, and the timer is not restarted", async () => {
      const before = homelab.world.contents.runs.get("backup.timer")?.invocation;
      commit({ "backup.timer": timer("hourly") });
      const process = homelab.quadgate();
      await process.sync();
      expect(homelab.world.contents.runs.get("backup.timer")?.invocation).toBe(before);
      const hold = "/run/user/1000/systemd/user/backup.service.d/zzzz-quadgate-hold.conf";
      const effects = process.connection.effects.filter(
        (one) => one.includes("hold") || one.includes("daemonReload"),
      );
      const timerHold = hold.replace("service.d", "timer.d");
      expect(effects).toEqual([
        `files.write ${timerHold}`,
        `files.write ${hold}`,
        "systemd.daemonReload",
        `files.remove ${timerHold}`,
        `files.remove ${hold}`,
        "systemd.daemonReload",
      ]);
      expect(process.connection.effects.filter((one) => one.startsWith("systemd.restart"))).toEqual([]);
    });

    it("follow a changed [Install]", async () => {
      commit({ "backup.timer": timer("daily").replace("timers.target", "default.target") });
      await homelab.sync();
      expect(link("default.target.wants/backup.timer")).toBe(true);
      expect(link("timers.target.wants/backup.timer")).toBe(false);
    });

    it("leave nothing behind once git no longer has them", async () => {
      commit({ "backup.timer": null });
      expect((await work()).work).toEqual(["delete backup.timer"]);
      expect(text("backup.timer")).toBeUndefined();
      expect(link("timers.target.wants/backup.timer")).toBe(false);
      expect(await active("backup.timer")).toBe("inactive");
      expect((await homelab.inventory()).units["backup.timer"]).toBeUndefined();
    });

    it("are repaired if the timer was stopped and disabled by hand", async () => {
      await homelab.host.systemd.stop("backup.timer");
      await homelab.host.systemd.disable("backup.timer");
      const { plan } = await homelab.quadgate().sync({ attended: false });
      const row = plan.changes.find(({ unit }) => unit === "backup.timer");
      expect(row?.reasons.map(({ code }) => code)).toEqual([
        "unit-disabled",
        "service-inactive",
        "drift-reported",
      ]);
      expect((await work()).work).toEqual(["restart backup.timer"]);
      expect(await active("backup.timer")).toBe("active");
      expect(link("timers.target.wants/backup.timer")).toBe(true);
    });

    it("take a drop-in, which is deployed and counts as theirs", async () => {
      commit({ "backup.timer.d/later.conf": "[Timer]\nRandomizedDelaySec=1h\n" });
      expect((await work()).work.sort()).toEqual([
        "create backup.timer.d/later.conf",
        "restart backup.timer",
      ]);
      expect(text("backup.timer.d/later.conf")).toContain("RandomizedDelaySec");
      expect((await work()).result).toBe("in-sync");
    });
  });

  it("deploys a socket, and its container only once somebody connects", async () => {
    commit({ "web.container": WEB, "web.socket": SOCKET });
    expect((await work()).result).toBe("applied");
    expect(await active("web.socket")).toBe("active");
    expect(await active("web.service")).toBe("inactive");
    expect((await work()).result).toBe("in-sync");
  });

  it("stops the service of a changed socket with it, and starts it again if it ran", async () => {
    commit({ "web.container": WEB, "web.socket": SOCKET });
    await homelab.sync();
    await homelab.host.systemd.start("web.service", 1_000);
    commit({ "web.socket": SOCKET.replace("8080", "8081") });
    const { work: done, result } = await work();
    expect({ done, result }).toEqual({
      done: ["update web.socket", "restart web.service"].map((one) =>
        one.replace("web.service", "web.container"),
      ),
      result: "applied",
    });
    expect(await active("web.service")).toBe("active");
    expect(await active("web.socket")).toBe("active");
  });

  it("stops a service in one transaction with the socket that goes with it", async () => {
    commit({ "web.container": WEB, "web.socket": SOCKET, "a.target": "[Unit]\n", "b.target": "[Unit]\n" });
    await homelab.sync();
    await homelab.host.systemd.start("web.service", 1_000);
    commit({ "web.container": null, "web.socket": null });
    const process = homelab.quadgate();
    expect((await process.sync()).result).toBe("applied");
    const stops = process.connection.effects.filter((one) => one.startsWith("systemd.stop"));
    expect(stops).toEqual(["systemd.stop web.service"]);
    expect(await active("web.socket")).toBe("inactive");
  });

  it("restarts no service for a changed socket that nobody uses", async () => {
    commit({ "web.container": WEB, "web.socket": SOCKET });
    await homelab.sync();
    commit({ "web.socket": SOCKET.replace("8080", "8081") });
    expect((await work()).work).toEqual(["update web.socket"]);
    expect(await active("web.service")).toBe("inactive");
  });

  it("starts a target after what it wants, and loads units that nothing asks for", async () => {
    commit({
      "home.target": "[Unit]\nWants=a.service b.service\n[Install]\nWantedBy=default.target\n",
      "a.service": "[Service]\nExecStart=/bin/sleep 1d\n",
      "b.service": "[Service]\nExecStart=/bin/sleep 1d\n",
      "idle.service": "[Service]\nExecStart=/bin/sleep 1d\n",
    });
    const { result, plan } = await work();
    expect(result).toBe("applied");
    expect(plan.levels.at(-1)).toEqual(["home.target"]);
    expect(await Promise.all(["a.service", "b.service", "home.target", "idle.service"].map(active))).toEqual([
      "active",
      "active",
      "active",
      "inactive",
    ]);
    expect((await work()).result).toBe("in-sync");
  });

  it("never overwrites a file that it did not create", async () => {
    homelab.world.files.put(`${dir()}/backup.timer`, timer("monthly"));
    commit({ "backup.container": JOB, "backup.timer": timer("daily") });
    expect((await work()).result).toBe("blocked");
    expect(text("backup.timer")).toBe(timer("monthly"));
  });

  it("follows no link in the folder of systemd's units", async () => {
    homelab.world.files.put(`${dir()}/backup.timer`, timer("daily"));
    homelab.world.files.links.add(`${dir()}/backup.timer`);
    commit({ "backup.container": JOB, "backup.timer": timer("daily") });
    const { plan } = await work();
    expect(plan.issues.map(({ message }) => message)).toEqual([
      `${dir()}/backup.timer should be a file, but it is a symbolic link`,
    ]);
    expect(plan.leftAlone.get("backup")?.code).toBe("prerequisite-missing");
  });

  it("leaves a drop-in of a person alone, and says how to remove it", async () => {
    const worker = "[Service]\nExecStart=/bin/sleep 1d\n[Install]\nWantedBy=default.target\n";
    commit({ "worker.service": worker, "worker.service.d/own.conf": "[Service]\nNice=1\n" });
    await homelab.sync();
    const path = `${dir()}/worker.service.d/theirs.conf`;
    homelab.world.files.put(path, "[Service]\nNice=2\n");
    await homelab.host.systemd.daemonReload();
    const { plan, result } = await work();
    expect(result).toBe("in-sync");
    const row = plan.changes.find(({ unit }) => unit === "worker.service");
    expect(row?.reasons).toEqual([{ code: "host-override", message: `left as it is (drop-in ${path})` }]);
    const { report } = await audit(homelab.quadgate().context, {
      only: undefined,
      head: false,
      workingTree: undefined,
    });
    expect(report.instances.flatMap(({ units }) => units.flatMap(({ suggestions }) => suggestions))).toEqual([
      `rm ${path} && systemctl --user daemon-reload`,
    ]);
  });

  it("leaves a masked unit as it is", async () => {
    commit({ "backup.container": JOB, "backup.timer": timer("daily") });
    await homelab.sync();
    homelab.world.contents.masked.add("backup.timer");
    commit({ "backup.timer": timer("hourly") });
    const { plan } = await work();
    expect(plan.leftAlone.get("backup")?.code).toBe("service-masked");
    expect(text("backup.timer")).toBe(timer("daily"));
  });

  it("refuses a name that the service of a Quadlet has", async () => {
    commit({ "web.container": WEB, "web.service": "[Service]\nExecStart=/bin/true\n" });
    const { plan } = await work();
    expect(plan.issues.map(({ message, place }) => [message, place?.file])).toEqual([
      ["podman's generator makes web.service of a Quadlet in desired-state/", "desired-state/web.service"],
    ]);
    expect(text("web.service")).toBeUndefined();
  });

  it("puts back a plain service that does not start", async () => {
    const service = (image: string) =>
      `[Service]\nExecStart=/usr/bin/podman run --name hand docker.io/library/${image}\n[Install]\nWantedBy=default.target\n`;
    commit({ "hand.service": service("hand:1") });
    expect((await work()).result).toBe("applied");
    homelab.world.paceMs = 1;
    homelab.world.contents.behaviours.set("docker.io/library/hand:2", { kind: "no-image" });
    commit({ "hand.service": service("hand:2") });
    expect((await work()).result).toBe("rolled-back");
    expect(text("hand.service")).toBe(service("hand:1"));
    expect(await active("hand.service")).toBe("active");
  });

  describe("a sync that is killed at any step", () => {
    const CHANGES: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
      "a new timer, with its job": { "backup.container": JOB, "backup.timer": timer("daily") },
      "a changed timer with other links": {
        "mail.timer": timer("hourly").replace("timers.target", "default.target"),
      },
      "a timer that goes": { "mail.timer": null },
      "a changed socket": { "web.socket": SOCKET.replace("8080", "8081") },
    };

    it.each(Object.entries(CHANGES))("is finished by the next one: %s", async (_, files) => {
      commit({
        "mail.container": JOB,
        "mail.timer": timer("daily"),
        "web.container": WEB,
        "web.socket": SOCKET,
      });
      await homelab.sync();
      const start = homelab.world;
      commit(files);
      for (let at = 1, isKilled = true; isKilled; at += 1) {
        homelab.world = start.fork();
        const dying = homelab.quadgate({ faults: { fault: "dies", at, among: "effects" } });
        isKilled = await dying.sync().then(
          () => false,
          () => true,
        );
        await homelab.world.idle();
        expect((await homelab.sync()).result, `killed at ${at}`).toMatch(/^(applied|in-sync)$/);
        expect((await homelab.sync()).result, `killed at ${at}`).toBe("in-sync");
        expect(stateOfUnits(), `killed at ${at}`).toEqual(wantedUnits());
      }
    });

    /** The files and links in the folders of systemd's units. */
    function stateOfUnits(): readonly string[] {
      const paths = [...homelab.world.files.files.keys()];
      return paths.filter((path) => path.includes("/systemd/user/")).sort();
    }

    function wantedUnits(): readonly string[] {
      const plain = [...tree].map(
        ([path, content]) => [path.slice("desired-state/".length), content] as const,
      );
      const units = plain.filter(([name]) => /\.(timer|socket)$/.test(name));
      const links = units.map(([name, content]) => {
        const target = /WantedBy=(.*)/.exec(content)?.[1];
        return `${dir()}/${target}.wants/${name}`;
      });
      return [...units.map(([name]) => `${dir()}/${name}`), ...links].sort();
    }
  });
});
