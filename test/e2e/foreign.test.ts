import { expect, test } from "vitest";
import { codesOf, describeHomelab, type SyncDocument, workOf } from "../support/flow-homelab.ts";

const container = (name: string) =>
  `[Container]\nImage=localhost/busybox\nPull=never\nContainerName=${name}\n`;
const YAML = `kind: Pod
metadata: { name: played }
spec: { containers: [{ name: app, image: localhost/busybox, imagePullPolicy: Never }] }
`;

describeHomelab(
  "of what was made by hand,",
  { files: { "README.md": "A homelab.\n", "desired-state/web.container": container("web") } },
  (home) => {
    /** What a push leaves to do, by the codes of its issues and the work that is done. */
    const push = async (files: Record<string, string | null>) => {
      const { document } = await home().deploy(files, "Change units");
      return [...codesOf(document.issues), ...workOf(document)];
    };
    const ids = () =>
      home().podman("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Status}}");
    const idsOf = async (of: string) =>
      (await ids())
        .split("\n")
        .filter((row) => row.includes(of))
        .map(id);

    test("a container keeps its name when a unit with that name is deployed", async () => {
      expect(workOf((await home().ask<SyncDocument>("reconcile")).document)).toEqual([
        "create web.container",
      ]);
      await home().podman("run", "--detach", "--name", "mine", "localhost/busybox");
      const before = [await idsOf("mine"), await idsOf("web")];
      expect(await push({ "desired-state/web.container": container("mine") })).toEqual(["name-taken"]);
      expect([await idsOf("mine"), await idsOf("web")]).toEqual(before);
      expect(await push({ "desired-state/web.container": container("other") })).toEqual([
        "update web.container",
      ]);
    });

    test("a pod keeps its name when pods of units and of YAML are deployed", async () => {
      await home().sh(`cat >played.yaml <<'EOF'\n${YAML}EOF\n`);
      for (const pod of ["mypod", "played"]) {
        await home().podman("pod", "create", "--name", pod);
        await home().podman("run", "--detach", "--pod", pod, "--name", `in-${pod}`, "localhost/busybox");
      }
      const before = await idsOf("in-");
      const refused = await push({
        "desired-state/one.pod": "[Pod]\nPodName=mypod\n",
        "desired-state/two.kube": "[Kube]\nYaml=%h/played.yaml\n",
      });
      expect(refused).toEqual(["name-taken", "name-taken"]);
      expect(await idsOf("in-")).toEqual(before);
      await home().podman("pod", "rm", "--force", "mypod", "played");
      const { document } = await home().ask<SyncDocument>("reconcile");
      expect([document.result, ...workOf(document)]).toEqual([
        "applied",
        "create one.pod",
        "create two.kube",
      ]);
      expect(await push({ "desired-state/one.pod": "[Pod]\nPodName=mypod\nShmSize=20m\n" })).toEqual([
        "update one.pod",
      ]);
      expect(await home().ask("reconcile")).toMatchObject({ document: { result: "in-sync" } });
    });

    test("a network stays when its unit goes, and when its unit fails", async () => {
      await home().podman("network", "create", "mynet");
      await home().podman("run", "--detach", "--name", "on-mynet", "--network", "mynet", "localhost/busybox");
      const networkId = () => home().podman("network", "inspect", "--format", "{{.ID}}", "mynet");
      const before = [await networkId(), await idsOf("on-mynet")];
      const file = "desired-state/net.network";
      expect(await push({ [file]: "[Network]\nNetworkName=mynet\n" })).toEqual(["create net.network"]);
      const { document } = await home().deploy({ [file]: null }, "Remove the network");
      expect(document.outcomes).toMatchObject([
        {
          unit: "net.network",
          outcome: "deleted",
          message: expect.stringContaining("mynet existed before"),
        },
      ]);
      expect([await networkId(), await idsOf("on-mynet")]).toEqual(before);
      await home().podman("rm", "--force", "--time", "0", "on-mynet");
      const failed = await home().deploy(
        { [file]: "[Network]\nNetworkName=mynet\nSubnet=10.77.0.0/24\n" },
        "Ask for other addresses",
      );
      expect(failed.document).toMatchObject({ result: "rolled-back", outcomes: [{ outcome: "failed" }] });
      expect(await networkId()).toBe(before[0]);
      expect(await home().lab.exists(`${home().unitDir}/net.network`)).toBe(false);
    });
  },
);

const id = (row: string): string => row.split(" ")[0] ?? "";
