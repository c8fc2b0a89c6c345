import { expect, test } from "vitest";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab } from "../support/flow-homelab.ts";
import { container, desired } from "../support/flow-left-alone.ts";

const PLAY = `apiVersion: apps/v1
kind: Deployment
metadata: { name: play }
spec:
  selector: { matchLabels: { app: play } }
  template:
    metadata: { labels: { app: play } }
    spec: { containers: [{ name: main, image: localhost/busybox, command: [sleep, infinity] }] }
`;
const FILES = desired({
  "x.network": "[Network]\nNetworkName=systemd-x\n",
  "empty.network": "",
  "site.container": container("site", "Network=systemd-x\nNetwork=empty.network\nVolume=/tmp:/tmp:Z\n"),
  "site.container.d/none.conf": "",
  "torrent.container": container("torrent", "Network=container:vpn\nVolume=/tmp:/tmp:z\n"),
  "vpn.container": container("vpn", "Network=systemd-x\n"),
  "web/.config/containers/systemd/web.container": container("web"),
  "play.kube": "[Kube]\nYaml=/home/homelab/play.yaml\nAutoUpdate=registry\n",
});

/** What podman and systemd run as it is, quadgate deploys, and calls it as declared. */
describeHomelab("Quadlets that podman runs as they are", { files: FILES }, (home) => {
  test("come up, once each, and are as declared", async () => {
    await home().sh(`cat >~/play.yaml <<'END'\n${PLAY}END\n`);
    const { exitCode, document, stderr } = await home().ask("reconcile", "--yes");
    expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
    expect(stderr).toContain('"/tmp" is mounted by site.container with :Z and torrent.container with :z');
    expect(stderr).toContain("AutoUpdate= of play.kube does nothing");
    const starts = await home().sh("journalctl --user -o cat | grep -c '^Starting site.service'");
    expect(starts).toBe("1");
    expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    expect(await audit(home())).toEqual({ exitCode: 0, drift: [], warning: [] });
  });

  test("show what somebody adds to a container or takes from it", async () => {
    await home().podman("update", "--health-cmd", "true", "web");
    await home().podman("network", "disconnect", "systemd-x", "vpn");
    expect(await audit(home())).toMatchObject({ drift: ["vpn.container networks", "web.container health"] });
    const { stdout } = await home().lab.quadgate(["drift", "vpn"]);
    expect(stdout).toMatch(/networks +x declared, none live/);
  });

  test("are planned from the branch that is there, which the message names", async () => {
    const { exitCode, stderr } = await home().lab.quadgate(["plan", "--branch", "master"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the repository has no branch "master"; its only branch is "main"');
  });
});
