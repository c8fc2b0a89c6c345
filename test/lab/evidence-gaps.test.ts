import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { unitOf } from "./evidence/ends.ts";
import { eventsOf, type Machine, openMachine, told } from "./evidence/machine.ts";
import { describeLab } from "./harness/describe.ts";
import { installAgent } from "./remote-host.ts";

const WEB = "web.service";
const QUIET = "quiet.service";
const AT_BOOT = "[Install]\nWantedBy=default.target\n";
const WAIT = { timeout: 60_000, interval: 500 };
const STARTED = "starting/start started/start";
const RESTARTED = `stopping/stop stopped/restart ${STARTED}`;

describeLab("the evidence about a user's services", {}, (lab) => {
  let machine: Machine;
  const reopen = async () => {
    await machine.close();
    machine = await openMachine(lab(), "homelab");
  };
  const root = (script: string) => lab().sh(script, { user: "root" });
  const journald = async (setting: string) => {
    await lab().write("/etc/systemd/journald.conf.d/test.conf", `[Journal]\n${setting}\n`, {
      user: "root",
    });
    await root("systemctl restart systemd-journald");
  };
  beforeAll(() => installAgent(lab()));
  beforeEach(async () => {
    machine = await openMachine(lab(), "homelab");
  });
  afterEach(() => machine.close());
  const journal = async (service: string, since: ReturnType<Machine["now"]>["since"]) =>
    told(await machine.host.systemd.history([service], since), service);

  test("goes on over a restart of the user's manager, and says so", async () => {
    const units = {
      web: unitOf("web", "no") + AT_BOOT,
      quiet: `${unitOf("quiet", "no")}LogLevelMax=warning\n`,
    };
    await machine.put(new Map(Object.entries(units).map(([name, text]) => [`${name}.container`, text])));
    await machine.sh(`CTL start ${WEB}`);
    // The journal's times are those at which journald reads a message, which may be after the start.
    await root("journalctl --sync");
    const { since } = machine.now();
    await root("systemctl restart user@1000.service");
    await reopen();
    const expected = `stopping/stop stopped/stop manager-started ${STARTED}`;
    await expect.poll(() => journal(WEB, since), WAIT).toBe(expected);
    const later = machine.now();
    await machine.sh(`CTL restart ${WEB}`);
    expect(await journal(WEB, later.since)).toBe(RESTARTED);
  });

  test("goes on over a power cut, and begins with this boot if the other is forgotten", async () => {
    const { since } = machine.now();
    await machine.sh(`CTL restart ${WEB}`);
    await expect.poll(() => journal(WEB, since), WAIT).toBe(RESTARTED);
    await lab().restart();
    await reopen();
    expect(machine.host.facts.bootId).not.toBe(since.boot);
    await expect.poll(() => journal(WEB, since), WAIT).toBe(`${RESTARTED} manager-started ${STARTED}`);
    const forgotten = { boot: "00000000000000000000000000000001", ms: since.ms };
    expect(await journal(WEB, forgotten)).toBe(`manager-started ${STARTED}`);
  });

  test("names a start that the journal was not allowed to record", async () => {
    const { since } = machine.now();
    await machine.sh(`CTL start ${QUIET}`);
    expect(await journal(QUIET, since)).toBe("unrecorded");
    expect(await journal(WEB, since)).toBe("");
  });

  test("is the same from a file of podman's, and unknown if podman keeps none", async () => {
    const engine = (logger: string) =>
      lab().write(
        "/home/homelab/.config/containers/containers.conf",
        `[engine]\nevents_logger="${logger}"\n`,
      );
    await engine("file");
    // podman tells of a start a moment after systemd calls it done.
    await machine.sh(`CTL restart ${WEB}; sleep 1`);
    const { wallMs } = machine.now();
    await machine.sh("podman kill web");
    const look = async () => eventsOf(await machine.host.podman.events(wallMs), WEB);
    await expect.poll(look, WAIT).toBe("kill died remove");
    await engine("none");
    expect(await look()).toBe("not known");
    await machine.sh("rm ~/.config/containers/containers.conf");
  });

  test("is unknown if the journal was shortened beyond the moment", async () => {
    const { since } = machine.now();
    await machine.sh(`CTL restart ${WEB}`);
    await root("journalctl --rotate && journalctl --vacuum-time=1s; sleep 2; journalctl --vacuum-time=1s");
    expect(await journal(WEB, since)).toBe("not known");
    await machine.sh("CTL daemon-reload");
    const { since: now } = machine.now();
    await machine.sh(`CTL restart ${WEB}`);
    expect(await journal(WEB, now)).toBe(RESTARTED);
  });

  test("is unknown if the user may not read the journal in memory, until it may", async () => {
    await root("rm -r /var/log/journal");
    await journald("Storage=volatile");
    await machine.sh("CTL daemon-reload");
    const { since, wallMs } = machine.now();
    await machine.sh(`CTL restart ${WEB}`);
    expect(await journal(WEB, since)).toBe("not known");
    // podman then keeps its events in a file by itself.
    const look = async () => eventsOf(await machine.host.podman.events(wallMs), WEB);
    await expect.poll(look, WAIT).toBe("died remove create init start");
    await root("usermod -aG systemd-journal homelab");
    await reopen();
    expect(await journal(WEB, since)).toBe(RESTARTED);
  });

  test("is unknown if there is no journal", async () => {
    await root("rm -rf /run/log/journal");
    await journald("Storage=none");
    const { since } = machine.now();
    expect(await journal(WEB, since)).toBe("not known");
    expect(await journal(WEB, { boot: "00000000000000000000000000000001", ms: 1 })).toBe("not known");
  });
});
