import { beforeAll, expect, test } from "vitest";
import { codesOf, describeHomelab, workOf } from "../support/flow-homelab.ts";
import { container, desired } from "../support/flow-left-alone.ts";
import { web } from "../support/flow-manifests.ts";

const described = (text: string) => web(`quadlet: { Unit: { Description: "${text}" } }\n`);
const POD_YAML = `apiVersion: v1
kind: Pod
metadata: { name: play }
spec:
  containers:
    - { name: main, image: localhost/busybox, command: [sleep, infinity] }
`;
const play = "[Kube]\nYaml=/home/homelab/play.yaml\n";
const jobs = `${container("job-%i")}[Install]\nDefaultInstance=one\nWantedBy=default.target\n`;
const FIRST = {
  "desired-state/web.yaml": described("One"),
  ...desired({
    "app.pod": "[Pod]\n",
    "app-web.container": container("app-web", "Pod=app.pod\n"),
    "site.network": "[Network]\n",
    "site.volume": "[Volume]\n",
    "site.container": container("site", "Network=site.network\nVolume=site.volume:/data\n"),
    "site.container.d/limits.conf": "[Service]\nMemoryMax=64M\n",
    "play.kube": play,
    "job@.container": jobs,
  }),
};
const POLICY = "[X-Quadgate]\nOnDrift=heal\nDependsOn=site\n";
const MEMBER = `[Unit]\nDescription=Web\n${container("app-web", "Pod=app.pod\n")}${POLICY}`;
const SECOND = {
  "desired-state/web.yaml": described("Two"),
  ...desired({
    "app.pod": "# The two belong together.\n[Pod]\n",
    "app-web.container": MEMBER,
    "site.network": "[Unit]\nDescription=Net\n[Network]\n",
    "site.volume": "[X-Mine]\nkept=yes\n[Volume]\n",
    "site.container": `${container("site", "Network=site.network\nVolume=site.volume:/data\n")}# Bye.\n`,
    "site.container.d/limits.conf": "[Unit]\nDescription=Limited\n[Service]\nMemoryMax=64M\n",
    "site.container.d/note.conf": "# Ask Ada.\n",
    "play.kube": `[Unit]\nDescription=Play\n${play}`,
    "job@.container": `# Each is a job.\n${jobs}[X-Quadgate]\nProbation=1h\n`,
  }),
};

describeHomelab(
  "a commit that changes only comments, descriptions and what quadgate is told",
  { files: FIRST },
  (home) => {
    const running = () =>
      home().sh(`
      podman ps --all --no-trunc --format '{{.Names}} {{.ID}}' | sort
      podman network ls --no-trunc --format '{{.Name}} {{.ID}}' | sort
      systemctl --user show -p Id -p InvocationID -p NRestarts 'web.service' 'app-pod.service' 'app-web.service' \\
        'site.service' 'site-network.service' 'site-volume.service' 'play.service'`);
    let before = "";
    beforeAll(async () => {
      await home().sh(`cat >~/play.yaml <<'END'\n${POD_YAML}END\n`);
      const { exitCode, stderr } = await home().ask("reconcile", "--yes");
      expect(exitCode, stderr).toBe(0);
      await home().systemctl("start", "job@two.service");
      before = await running();
      expect(before).toMatch(/^job-one .*\njob-two /m);
      await home().repo.commitAndPush(SECOND, "Explain things");
    });

    test("plans to write files, with low risk and a reason that says that nothing restarts", async () => {
      const { document } = await home().ask("plan");
      expect(workOf(document).toSorted()).toEqual([
        "create app-web.container.d/90-quadgate-order.conf",
        "create site.container.d/note.conf",
        "update app-web.container",
        "update app.pod",
        "update job@.container",
        "update play.kube",
        "update site.container",
        "update site.container.d/limits.conf",
        "update site.network",
        "update site.volume",
        "update web.container",
      ]);
      const updates = document.changes.filter(({ action }) => action === "update");
      expect(new Set(updates.flatMap(({ reasons }) => codesOf(reasons)))).toEqual(
        new Set(["comment-changed"]),
      );
      expect(document.risk).toEqual({ level: "low", terms: [] });
    });

    test("restarts no container, service or network, and leaves no drift", async () => {
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      expect(await running()).toBe(before);
      expect(await home().systemctl("show", "-p", "Description", "web.service")).toBe("Description=Two");
      expect(await home().systemctl("show", "-p", "Wants", "app-web.service")).toContain("site.service");
      const drift = await home().ask<{ summary: object }>("drift");
      expect(drift).toMatchObject({ exitCode: 0, document: { summary: { drift: 0 } } });
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("restarts nothing either if a raw Quadlet's policy goes", async () => {
      const { document } = await home().deploy(
        { "desired-state/app-web.container": MEMBER.replace(POLICY, "") },
        "Take the policy back",
      );
      expect(workOf(document).toSorted()).toEqual([
        "delete app-web.container.d/90-quadgate-order.conf",
        "update app-web.container",
      ]);
      expect(await running()).toBe(before);
      expect(await home().systemctl("show", "-p", "Wants", "app-web.service")).not.toContain("site.service");
      expect((await home().ask("reconcile")).document.result).toBe("in-sync");
    });

    test("leaves a restart to a later commit that changes what runs", async () => {
      const { document } = await home().deploy(
        {
          "desired-state/web.yaml": described("Two").replace("hostname:", "environment: { A: b }\nhostname:"),
        },
        "Set a variable",
      );
      expect(document.outcomes).toMatchObject([{ unit: "web.container", outcome: "updated" }]);
      expect(await running()).not.toBe(before);
    });
  },
);
