import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, fieldsWith } from "../support/flow-homelab.ts";

const BUSYBOX = "[Container]\nImage=docker.io/library/busybox:1.37\nExec=sleep infinity\nStopTimeout=1\n";

describeHomelab(
  "services that systemd has forgotten",
  {
    files: {
      "desired-state/front.network": "[Network]\n",
      "desired-state/app.pod": "[Pod]\n",
      "desired-state/app-api.container": `${BUSYBOX}Pod=app.pod\n`,
      "desired-state/web.container": `${BUSYBOX}ContainerName=web\nNetwork=front.network\n`,
    },
  },
  (home) => {
    test.each([
      ["text that is no unit", "echo garbage >$path"],
      ["a broken link", "ln -s /nowhere $path"],
      ["a folder", "mkdir $path"],
      ["what the generator crashes at", "printf '[Container]\\nImage=x\\nMount=type=bind\\n' >$path"],
    ])("keep their containers and networks while a foreign file is %s, which is named", async (_, make) => {
      expect((await home().ask("reconcile")).exitCode).toBe(0);
      const identity = await home().identity("web");
      const networks = await home().podman("network", "ls", "--quiet");
      const path = `${home().unitDir}/aa.container`;
      await home().sh(`path=${path}; ${make}; systemctl --user daemon-reload`);
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, outcomes: document.outcomes }).toEqual({ exitCode: 1, outcomes: [] });
      expect(stderr).toContain(path);
      const drift = await home().ask<DriftReport>("drift", "web");
      expect(JSON.stringify(drift.document)).toContain("podman's generator says");
      const doctor = await home().ask("doctor");
      expect(JSON.stringify(doctor.document)).toContain("aa.container");
      await home().sh(`rm -r ${path}; systemctl --user daemon-reload`);
      const after = await home().ask("reconcile");
      expect(after).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
      expect(await home().identity("web")).toBe(identity);
      expect(await home().podman("network", "ls", "--quiet")).toBe(networks);
    });

    test("and a unit that cannot be read do not stop the audit or a sync of the others", async () => {
      const identity = await home().identity("web");
      await home().sh(`chmod 000 ${home().unitDir}/web.container`);
      const drift = await home().ask<DriftReport>("drift");
      expect([drift.exitCode, ...fieldsWith(drift.document)]).toEqual([2, "web.container unit"]);
      const other = await home().ask("drift", "app");
      expect(other.exitCode).toBe(0);
      const { exitCode, stderr } = await home().ask("reconcile");
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /web\.container should be a file, but it is something that cannot be read \(EACCES\)/,
      );
      await home().sh(`chmod 644 ${home().unitDir}/web.container`);
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
      expect(await home().identity("web")).toBe(identity);
    });

    test("do not lead quadgate to take over a link in place of a new unit", async () => {
      await home().sh(`ln -s /nowhere/new.container ${home().unitDir}/new.container`);
      const files = { "desired-state/new.container": `${BUSYBOX}ContainerName=new\n` };
      const { stderr } = await home().deploy(files, "Add another");
      expect(stderr).toContain("new.container should be a file, but it is a broken link");
      expect(await home().sh(`readlink ${home().unitDir}/new.container`)).toContain("/nowhere");
      await home().sh(`rm ${home().unitDir}/new.container`);
      expect((await home().ask("reconcile")).document.result).toBe("applied");
    });

    test("are removed with their pods once git no longer has them", async () => {
      await home().sh(`rm ${home().unitDir}/app*; systemctl --user daemon-reload`);
      const gone = { "desired-state/app.pod": null, "desired-state/app-api.container": null };
      const { exitCode, document, stderr } = await home().deploy(gone, "Remove the pod");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      expect(await home().podman("pod", "ls", "--quiet")).toBe("");
      expect(await home().podman("ps", "--format", "{{.Names}}")).toContain("web");
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });
  },
);
