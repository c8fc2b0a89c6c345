import { expect, test } from "vitest";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab, type Homelab, workOf } from "../support/flow-homelab.ts";

const FOLDER = "/home/homelab/.config/systemd/user";
const RUNS = "/home/homelab/runs";

/** A container that notes each of its runs. */
const job = (more = "") =>
  `[Unit]\nDescription=Backup\n[Container]\nImage=docker.io/library/busybox:1.37\nVolume=%h/out:/out\n` +
  `Exec=sh -c 'echo ran >>/out/backup'\n${more}[Service]\nType=oneshot\n`;
const timer = (schedule: string) => `[Timer]\n${schedule}\n[Install]\nWantedBy=timers.target\n`;
const service = (name: string, more = "") =>
  `[Service]\nExecStart=/bin/sh -c 'echo ${name} >>${RUNS}; exec sleep 1d'\n${more}`;

/** Makes a commit, and expects that its sync does these things and ends well. */
async function applies(
  home: Homelab,
  files: Readonly<Record<string, string | null>>,
  work: readonly string[],
): Promise<void> {
  const named = Object.entries(files).map(([name, text]) => [`desired-state/${name}`, text] as const);
  const { exitCode, document } = await home.deploy(Object.fromEntries(named), "Change the units");
  const seen = { exitCode, result: document.result, work: [...workOf(document)].sort() };
  expect(seen, JSON.stringify([document.outcomes, document.issues])).toEqual({
    exitCode: 0,
    result: "applied",
    work: [...work].sort(),
  });
}

const lines = async (home: Homelab, path: string) =>
  (await home.sh(`cat ${path} 2>/dev/null || true`)).split("\n").filter((line) => line !== "");
const states = (home: Homelab, ...units: readonly string[]) =>
  home.sh(`systemctl --user is-active ${units.join(" ")} || true`);
const enabled = (home: Homelab, unit: string) => home.sh(`systemctl --user is-enabled ${unit} 2>&1 || true`);
const inOrder = { exitCode: 0, drift: [], warning: [] };

describeHomelab(
  "a backup job with its timer",
  {
    files: {
      "desired-state/backup.container": job(),
      "desired-state/backup.timer": timer("OnCalendar=yearly"),
    },
  },
  (home) => {
    const runs = () => lines(home(), "~/out/backup");
    /** A time that was a few seconds ago, on every day. */
    const justNow = async () => `*-*-* ${await home().sh("date -d '-3 seconds' +%H:%M:%S")}`;
    const next = () =>
      home().systemctl("show", "--value", "--property=NextElapseUSecRealtime", "backup.timer");

    test("is deployed: the timer waits, and the job has not run", async () => {
      await home().sh("mkdir -p ~/out");
      const { exitCode, document } = await home().ask("reconcile");
      const done = { exitCode, result: document.result, work: [...workOf(document)].sort() };
      const work = ["create backup.container", "create backup.timer"];
      expect(done).toEqual({ exitCode: 0, result: "applied", work });
      expect(await states(home(), "backup.timer", "backup.service")).toBe("active\ninactive");
      expect(await enabled(home(), "backup.timer")).toBe("enabled");
      expect(await home().sh(`cat ${FOLDER}/backup.timer`)).toBe(timer("OnCalendar=yearly").trimEnd());
      expect(await runs()).toEqual([]);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      expect(await audit(home())).toEqual(inOrder);
    });

    test.each([
      ["OnCalendar", "", ""],
      ["OnCalendar and a random delay", "RandomizedDelaySec=5s\n", ""],
      ["a persistent OnCalendar", "Persistent=true\n", ""],
      ["OnBootSec", "", "OnBootSec=1s\nOnUnitActiveSec=1d\n"],
    ])("gets another %s without a run, though the new time has just passed", async (_, more, monotonic) => {
      const before = await next();
      const schedule = monotonic === "" ? `OnCalendar=${await justNow()}\n${more}` : monotonic;
      await applies(home(), { "backup.timer": timer(schedule) }, ["update backup.timer"]);
      expect(await next()).not.toBe(before);
      await home().sh("sleep 6");
      expect(await runs()).toEqual([]);
      expect(await states(home(), "backup.timer")).toBe("active");
      expect(await home().sh("ls -A /run/user/1000/systemd/user 2>/dev/null || true")).not.toContain(
        "backup",
      );
      expect(await audit(home())).toEqual(inOrder);
    });

    test("runs by its timer after all that", async () => {
      const soon = `*-*-* ${await home().sh("date -d '+8 seconds' +%H:%M:%S")}`;
      await applies(home(), { "backup.timer": timer(`OnCalendar=${soon}\nAccuracySec=1s`) }, [
        "update backup.timer",
      ]);
      await expect.poll(runs, { timeout: 30_000 }).toEqual(["ran"]);
      await applies(home(), { "backup.timer": timer("OnCalendar=yearly") }, ["update backup.timer"]);
    });

    test("is changed without a run", async () => {
      await applies(home(), { "backup.container": job("Environment=A=1\n") }, ["update backup.container"]);
      expect(await runs()).toEqual(["ran"]);
      expect(await audit(home())).toEqual(inOrder);
    });

    test("has drift if its timer is stopped or disabled by hand, and a person's sync mends it", async () => {
      await home().systemctl("disable", "--now", "backup.timer");
      expect(await audit(home())).toEqual({
        exitCode: 2,
        drift: ["backup.timer enabled", "backup.timer state"],
        warning: [],
      });
      const { document } = await home().ask("reconcile");
      expect({ result: document.result, work: workOf(document) }).toEqual({
        result: "applied",
        work: ["restart backup.timer"],
      });
      expect(await states(home(), "backup.timer")).toBe("active");
      expect(await enabled(home(), "backup.timer")).toBe("enabled");
      expect(await runs()).toEqual(["ran"]);
      expect(await audit(home())).toEqual(inOrder);
    });

    test("goes with git: the timer is stopped, and its link and its file are gone", async () => {
      await applies(home(), { "backup.timer": null }, ["delete backup.timer"]);
      expect(await home().sh(`find ${FOLDER} -name 'backup*'`)).toBe("");
      expect(await states(home(), "backup.timer")).toBe("inactive");
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });
  },
);

/** As people write the pair: the container takes the socket from systemd, and nothing else starts it. */
const PROXY = (more = "") =>
  `[Unit]\nRequires=traefik.socket\nAfter=traefik.socket\n[Container]\nImage=docker.io/library/traefik:v3.6.2\n` +
  `ContainerName=traefik\n${more}[Service]\nSockets=traefik.socket\nRestart=always\n`;
const PROXY_SOCKET = (more: string) =>
  `[Socket]\n${more}FileDescriptorName=web\n[Install]\nWantedBy=sockets.target\n`;

/** Asks a port again and again, until there is a file `stop`; `codes` has what curl returns. */
async function askAllTheTime(home: Homelab, port: number): Promise<void> {
  const ask = `curl -s --max-time 30 -o /dev/null http://127.0.0.1:${port}/; echo $? >>~/codes; sleep 0.02`;
  await home.sh(`systemd-run --user --quiet --unit=asker bash -c 'while [ ! -e ~/stop ]; do ${ask}; done'`);
}

describeHomelab(
  "a container that a socket starts",
  {
    files: {
      "desired-state/traefik.container": PROXY(),
      "desired-state/traefik.socket": PROXY_SOCKET("ListenStream=8090\n"),
    },
  },
  (home) => {
    const pair = () => states(home(), "traefik.socket", "traefik.service");
    const answer = (port: number) =>
      home().sh(`curl -s --max-time 20 -o /dev/null -w '%{http_code}' http://127.0.0.1:${port}/ || true`);

    test("is loaded while the socket listens, and a connection starts it", async () => {
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect(await pair()).toBe("active\ninactive");
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      expect(await audit(home())).toEqual(inOrder);
      expect(await answer(8090)).toBe("200");
      expect(await pair()).toBe("active\nactive");
      expect(await audit(home())).toEqual(inOrder);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("is restarted by a change of its own while the socket goes on listening", async () => {
      const before = await home().identity("traefik");
      await askAllTheTime(home(), 8090);
      await applies(home(), { "traefik.container": PROXY("Environment=A=1\n") }, [
        "update traefik.container",
      ]);
      await home().sh("sleep 1; touch ~/stop; sleep 1");
      expect(await home().identity("traefik")).not.toBe(before);
      const codes = await lines(home(), "~/codes");
      expect(codes.length).toBeGreaterThan(20);
      // 7: connection refused.
      expect(codes).not.toContain("7");
      expect(await audit(home())).toEqual(inOrder);
    });

    test("goes down with a changed socket and comes back with it, because it ran", async () => {
      await applies(home(), { "traefik.socket": PROXY_SOCKET("ListenStream=8091\n") }, [
        "restart traefik.container",
        "update traefik.socket",
      ]);
      expect(await pair()).toBe("active\nactive");
      expect([await answer(8090), await answer(8091)]).toEqual(["000", "200"]);
      expect(await audit(home())).toEqual(inOrder);
    });

    test("stays down when its socket changes while it does not run", async () => {
      await home().systemctl("stop", "traefik.service");
      await applies(home(), { "traefik.socket": PROXY_SOCKET("ListenStream=8092\n") }, [
        "update traefik.socket",
      ]);
      expect(await pair()).toBe("active\ninactive");
      expect(await answer(8092)).toBe("200");
    });

    test("has drift once somebody stops the socket", async () => {
      await home().systemctl("stop", "traefik.service", "traefik.socket");
      expect(await audit(home())).toEqual({ exitCode: 2, drift: ["traefik.socket state"], warning: [] });
      expect((await home().ask("reconcile")).document.result).toBe("applied");
      expect(await pair()).toBe("active\ninactive");
    });
  },
);

describeHomelab(
  "a container and its socket that go together",
  {
    files: {
      "desired-state/traefik.container": PROXY().replace("Requires=traefik.socket\n", ""),
      "desired-state/traefik.socket": PROXY_SOCKET("ListenStream=8090\n"),
      "desired-state/stays.target": "[Unit]\nDescription=Stays\n",
    },
  },
  (home) => {
    test("stay gone, though somebody asks for them all the time", async () => {
      expect((await home().ask("reconcile")).document.result).toBe("applied");
      await askAllTheTime(home(), 8090);
      await expect.poll(() => states(home(), "traefik.service"), { timeout: 30_000 }).toBe("active");
      const gone = { "desired-state/traefik.container": null, "desired-state/traefik.socket": null };
      const { exitCode, document } = await home().deploy(gone, "Remove the proxy", "--allow-prune");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      await home().sh("touch ~/stop");
      expect(await states(home(), "traefik.socket", "traefik.service")).toBe("inactive\ninactive");
      expect(await home().podman("ps", "-aq")).toBe("");
    });
  },
);

const WANTED = "[Install]\nWantedBy=default.target\n";

describeHomelab(
  "plain services, paths and targets",
  {
    files: {
      "desired-state/worker.service": service("worker", WANTED),
      "desired-state/idle.service": service("idle"),
      "desired-state/house.target": `[Unit]\nWants=one.service two.service\n${WANTED}`,
      "desired-state/one.service": service("one"),
      "desired-state/two.service": service("two"),
      "desired-state/inbox.path": `[Path]\nPathExists=%h/inbox/new\n${WANTED}`,
      "desired-state/inbox.service": `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'rm %h/inbox/new; echo inbox >>${RUNS}'\n`,
    },
  },
  (home) => {
    const runs = async () => (await lines(home(), RUNS)).sort();

    test("are started if something asks for them", async () => {
      const { exitCode, document } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }, JSON.stringify(document.outcomes)).toEqual({
        exitCode: 0,
        result: "applied",
      });
      const units = ["worker.service", "idle.service", "house.target", "one.service", "two.service"];
      expect(await states(home(), ...units, "inbox.path", "inbox.service")).toBe(
        "active\ninactive\nactive\nactive\nactive\nactive\ninactive",
      );
      expect(await runs()).toEqual(["one", "two", "worker"]);
      expect(await audit(home())).toEqual(inOrder);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("do what they are for", async () => {
      await home().sh("mkdir -p ~/inbox; touch ~/inbox/new");
      await expect.poll(runs, { timeout: 20_000 }).toContain("inbox");
      await applies(home(), { "inbox.path": `[Path]\nPathExists=%h/inbox/other\n${WANTED}` }, [
        "update inbox.path",
      ]);
      expect(await home().systemctl("show", "--value", "--property=Paths", "inbox.path")).toContain(
        "inbox/other",
      );
    });

    test("are restarted by a change alone, with what is bound to them", async () => {
      await applies(
        home(),
        { "house.target": `[Unit]\nDescription=House\nWants=one.service two.service\n${WANTED}` },
        ["update house.target"],
      );
      expect((await runs()).filter((one) => one !== "inbox")).toEqual(["one", "two", "worker"]);
      await applies(home(), { "worker.service": service("worker2", WANTED) }, ["update worker.service"]);
      expect((await runs()).filter((one) => one !== "inbox")).toEqual(["one", "two", "worker", "worker2"]);
    });

    test("go back to the text before if the new one does not start", async () => {
      const bad = service("worker3", WANTED).replace("/bin/sh", "/bin/no-such-shell");
      const { exitCode, document } = await home().deploy({ "desired-state/worker.service": bad }, "Break it");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
      expect(await home().sh(`cat ${FOLDER}/worker.service`)).toContain("worker2");
      expect(await states(home(), "worker.service")).toBe("active");
      await applies(home(), { "worker.service": null }, ["delete worker.service"]);
      expect(await home().sh(`find ${FOLDER} -name 'worker*'`)).toBe("");
    });

    test.each([
      ["quadgate-extra.timer", timer("OnCalendar=daily"), /is a name of quadgate's own units/],
      ["dbus.socket", "[Socket]\nListenStream=%t/x\n", /the name dbus\.socket is taken: \/usr\/lib\/systemd/],
      ["gone.service", service("gone"), /podman's generator makes gone\.service of a Quadlet/],
      ["dbus.socket.d/x.conf", "[Socket]\nBacklog=1\n", /there is no "dbus\.socket" in desired-state/],
      ["also.timer", `${timer("OnCalendar=daily")}Also=dbus.socket\n`, /Also=dbus\.socket would enable/],
    ])("refuse %s, with its file and the reason", async (name, text, why) => {
      const files = {
        [`desired-state/${name}`]: text,
        "desired-state/gone.container": "[Container]\nImage=localhost/busybox\nExec=sleep infinity\n",
      };
      const before = await home().sh(`find ${FOLDER} | sort`);
      const { exitCode, document } = await home().deploy(files, "Try it");
      expect({ exitCode, work: workOf(document).filter((one) => !one.endsWith("gone.container")) }).toEqual({
        exitCode: 1,
        work: [],
      });
      const issue = document.issues.find(({ message }) => why.test(message));
      expect(JSON.stringify(issue ?? document.issues)).toContain(`desired-state/${name}`);
      expect(await home().sh(`find ${FOLDER} | sort`)).toBe(before);
      await home().deploy(
        { [`desired-state/${name}`]: null, "desired-state/gone.container": null },
        "Leave it",
      );
    });
  },
);

describeHomelab("hand-written plain units", { files: { "README.md": "Mine.\n" } }, (home) => {
  const units: Readonly<Record<string, string>> = {
    "backup.timer": `# Nightly\n${timer("OnCalendar=daily\nPersistent=true")}`,
    "backup.service": `[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>${RUNS}'\n`,
    "web.socket": "[Socket]\nListenStream=8095\n[Install]\nWantedBy=sockets.target",
    "web.service": service("web"),
    "web.service.d/more.conf": "[Service]\nEnvironment=A=1\n",
    "inbox.path": `[Path]\nPathExists=%h/inbox/new\nUnit=backup.service\n${WANTED}`,
    "house.target": `[Unit]\nWants=keeper.service\n${WANTED}`,
    "keeper.service": service("keeper", WANTED),
  };
  const names = Object.keys(units).filter((name) => !name.includes("/"));
  const seen = () =>
    home().systemctl(
      "show",
      "--property=Id,InvocationID,ActiveState,UnitFileState,NextElapseUSecRealtime",
      ...names,
    );

  test("are taken over as they are, and nothing is started, stopped or changed", async () => {
    for (const [name, text] of Object.entries(units)) await home().lab.write(`${FOLDER}/${name}`, text);
    await home().sh(`systemctl --user daemon-reload
      systemctl --user enable --now backup.timer web.socket inbox.path house.target keeper.service`);
    expect((await home().lab.quadgate(["adopt"])).stdout.split("\n")).toEqual([...names].sort());
    const before = await seen();
    const result = await home().lab.quadgate([
      "adopt",
      "backup.timer",
      "web",
      "inbox.path",
      "house.target",
      "keeper",
      "--yes",
    ]);
    expect(result, result.all).toMatchObject({ exitCode: 0 });
    expect(await seen()).toBe(before);
    for (const [name, text] of Object.entries(units))
      expect(await home().sh(`cat ${FOLDER}/${name}; echo .`)).toBe(`${text}.`);
    expect(await audit(home())).toEqual(inOrder);
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result, work: workOf(document) }).toEqual({
      exitCode: 0,
      result: "in-sync",
      work: [],
    });
    expect(await seen()).toBe(before);
  });

  test("follow git after that, and go with it", async () => {
    await home().repo.git("pull", "-q", "origin", "main");
    await applies(home(), { "web.socket": null, "web.service": null, "web.service.d/more.conf": null }, [
      "delete web.service",
      "delete web.service.d/more.conf",
      "delete web.socket",
    ]);
    expect(await home().sh(`find ${FOLDER} -name 'web*'`)).toBe("");
    expect(await lines(home(), RUNS)).toEqual(["keeper"]);
  });
});

describeHomelab(
  "plain units of a rootful host",
  {
    user: "root",
    files: {
      "desired-state/sweep.timer": timer("OnCalendar=yearly"),
      "desired-state/sweep.service":
        "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>/root/runs'\n",
    },
  },
  (home) => {
    test("go to /etc/systemd/system and to the system's manager", async () => {
      await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await home().sh("systemctl is-active sweep.timer sweep.service || true")).toBe(
        "active\ninactive",
      );
      expect(await home().sh("readlink /etc/systemd/system/timers.target.wants/sweep.timer")).toBe(
        "/etc/systemd/system/sweep.timer",
      );
      const justNow = `OnCalendar=*-*-* ${await home().sh("date -d '-3 seconds' +%H:%M:%S")}`;
      await applies(home(), { "sweep.timer": timer(justNow) }, ["update sweep.timer"]);
      expect(await home().sh("sleep 2; cat /root/runs 2>/dev/null || true")).toBe("");
      expect(await audit(home())).toEqual(inOrder);
      await applies(home(), { "sweep.timer": null }, ["delete sweep.timer"]);
      expect(await home().sh("find /etc/systemd/system /run/systemd/system -name 'sweep*'")).toBe(
        "/etc/systemd/system/sweep.service",
      );
    });
  },
);
