import { expect, test } from "vitest";
import type { Finding } from "../../src/inspect/doctor.ts";
import { describeHomelab, type Homelab } from "../support/flow-homelab.ts";

async function findingsOf(home: Homelab) {
  const { document } = await home.ask<{ readonly checks: readonly Finding[] }>("doctor");
  return new Map(document.checks.map((one) => [one.check, one]));
}

const files = { "desired-state/web.container": "[Container]\nImage=docker.io/library/busybox:1.37\n" };

describeHomelab("the command doctor, about what tells who ended a service", { files }, (home) => {
  const root = (script: string) => home().lab.sh(script, { user: "root" });

  test("finds that the journal and podman tell it", async () => {
    const checks = await findingsOf(home());
    expect(checks.get("journal")).toMatchObject({ status: "ok" });
    expect(checks.get("podman events")).toMatchObject({ status: "ok" });
  });

  test("names the commands that make a journal in memory readable, and they do", async () => {
    await root(`rm -r /var/log/journal && mkdir -p /etc/systemd/journald.conf.d
      printf '[Journal]\\nStorage=volatile\\n' >/etc/systemd/journald.conf.d/default.conf
      systemctl restart systemd-journald`);
    const journal = (await findingsOf(home())).get("journal");
    expect(journal).toMatchObject({ status: "warning", message: expect.stringContaining("by homelab") });
    await root((journal?.fix ?? "").replaceAll("sudo ", ""));
    await home().systemctl("daemon-reload");
    expect((await findingsOf(home())).get("journal")).toMatchObject({ status: "ok" });
  });

  test("names the line that makes podman keep events, and it does", async () => {
    const conf = "/home/homelab/.config/containers/containers.conf";
    await home().lab.write(conf, '[engine]\nevents_logger = "none"\n');
    const events = (await findingsOf(home())).get("podman events");
    expect(events).toMatchObject({ status: "warning", fix: expect.stringContaining(conf) });
    const line = /events_logger = "\w+"/.exec(events?.fix ?? "")?.[0];
    await home().lab.write(conf, `[engine]\n${line}\n`);
    expect((await findingsOf(home())).get("podman events")).toMatchObject({ status: "ok" });
  });
});
