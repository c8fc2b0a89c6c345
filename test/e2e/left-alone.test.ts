import { beforeEach, expect, test } from "vitest";
import { describeHomelab, HEALTHY, type Homelab } from "../support/flow-homelab.ts";
import {
  container,
  desired,
  expectUntouched,
  inShort,
  NEVER_HEALTHY,
  namesOn,
  runningOn,
  startOver,
  whyOf,
} from "../support/flow-left-alone.ts";

const FIRST = { files: { "README.md": "A homelab.\n" }, settings: `${HEALTHY}verify: { timeout: 5s }\n` };

/** Deploys what must go well; without files it only syncs. */
async function deployed(home: Homelab, files?: Readonly<Record<string, string>>): Promise<void> {
  if (files) await home.repo.commitAndPush(desired(files), "Change the homelab");
  const answer = await home.ask("reconcile", "--yes");
  expect(answer.document.result, answer.stderr).toBe("applied");
  expect(answer.exitCode).toBe(0);
}

describeHomelab("an instance that is left alone keeps its part of the host:", FIRST, (home) => {
  beforeEach(async () => startOver(home()));

  const deploy = (files: Readonly<Record<string, string>>) =>
    home().deploy(desired(files), "Change the homelab", "--yes");
  const suspend = async (instance: string) =>
    expect(await home().ask("suspend", instance)).toMatchObject({ exitCode: 0 });
  const resume = async (instance: string) =>
    expect(await home().ask("resume", instance)).toMatchObject({ exitCode: 0 });

  const POD = { "app.pod": "[Pod]\n", "app-web.container": container("app-web", "Pod=app.pod\n") };
  const worker = (more = "") => ({
    "app-worker.container": container("app-worker", `Pod=app.pod\n${more}`),
  });
  const ALL_BUT_WORKER = ["app-web", "systemd-app-infra"];

  test("a new member that fails with its pod's first sync leaves pod and members running", async () => {
    const answer = await deploy({ ...POD, ...worker(NEVER_HEALTHY) });
    expect(inShort(answer).exitCode).toBe(4);
    expect(inShort(answer).outcomes).toContain("failed app-worker.container");
    expect(await namesOn(home())).toEqual(ALL_BUT_WORKER);
    const next = await expectUntouched(home(), 4);
    expect(whyOf(next, "app-worker.container")).toEqual(["failed-before"]);
  });

  test("a new member that fails in a running pod restarts neither the pod nor its members", async () => {
    await deployed(home(), POD);
    const before = await runningOn(home());
    const { exitCode, document } = await deploy(worker(NEVER_HEALTHY));
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await runningOn(home())).toEqual(before);
    const next = await expectUntouched(home(), 4);
    expect(whyOf(next, "app-worker.container")).toEqual(["failed-before"]);
  });

  test("a new member whose secret is missing restarts neither the pod nor its members", async () => {
    await deployed(home(), POD);
    await home().repo.commitAndPush(desired(worker("Secret=nosuch\n")), "Add a worker with a secret");
    const next = await expectUntouched(home(), 1);
    expect(whyOf(next, "app-worker.container")).toEqual(["prerequisite-missing"]);
  });

  test("a new suspended member restarts neither the pod nor its members", async () => {
    await deployed(home(), POD);
    await home().repo.commitAndPush(desired(worker()), "Add a worker");
    await suspend("app-worker");
    const next = await expectUntouched(home(), 0);
    expect(whyOf(next, "app-worker.container")).toEqual(["instance-suspended"]);
    await resume("app-worker");
    await deployed(home());
    expect(await namesOn(home())).toEqual(["app-web", "app-worker", "systemd-app-infra"]);
  });

  test("a suspended member that git takes out of its pod stays in it, and the pod runs on", async () => {
    await deployed(home(), { ...POD, ...worker() });
    await suspend("app-worker");
    const alone = { "app-worker.container": container("app-worker") };
    await home().repo.commitAndPush(desired(alone), "Take the worker out of the pod");
    await expectUntouched(home(), 0);
  });

  test("a running member that becomes invalid in git stays in its pod, which runs on", async () => {
    await deployed(home(), { ...POD, ...worker() });
    const { "app-worker.container": good } = worker();
    const bad = { "app-worker.container": good.replace("Image=", "Imagee=") };
    await home().repo.commitAndPush(desired(bad), "Mistype a key");
    await expectUntouched(home(), 1);
    expect(await namesOn(home())).toContain("app-worker");
  });

  const USERS = [
    {
      title: "container whose name changes in git",
      left: (name: string) => ({ "x.container": container(name) }),
      user: "Network=x.container\n",
      uses: "{{.HostConfig.NetworkMode}}",
      answer: async (name: string) =>
        `container:${await home().podman("container", "inspect", "-f", "{{.Id}}", name)}`,
    },
    {
      title: "network whose name changes in git",
      left: (name: string) => ({ "x.network": `[Network]\nNetworkName=${name}\n` }),
      user: "Network=x.network\n",
      uses: "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}",
      answer: async (name: string) => name,
    },
    {
      title: "volume whose name changes in git",
      left: (name: string) => ({ "x.volume": `[Volume]\nVolumeName=${name}\n` }),
      user: "Volume=x.volume:/data\n",
      uses: "{{range .Mounts}}{{.Name}}{{end}}",
      answer: async (name: string) => name,
    },
  ];

  const named = USERS.map((row) => [row.title, row] as const);
  test.each(named)(
    "the user of a suspended %s stays on the old one until that is resumed",
    async (_, row) => {
      const used = async () => home().podman("container", "inspect", "-f", row.uses, "torrent");
      await deployed(home(), { ...row.left("x-one"), "torrent.container": container("torrent", row.user) });
      await suspend("x");
      await home().repo.commitAndPush(desired(row.left("x-two")), "Give it another name");
      await expectUntouched(home(), 0);
      expect(await used()).toBe(await row.answer("x-one"));

      await resume("x");
      await deployed(home());
      expect(await used()).toBe(await row.answer("x-two"));
      expect(await home().systemctl("is-active", "torrent.service")).toBe("active");
    },
  );

  test("the user of a container that becomes invalid in git runs on", async () => {
    const user = { "torrent.container": container("torrent", "Network=x.container\n") };
    await deployed(home(), { "x.container": container("x-one"), ...user });
    const bad = { "x.container": container("x-two").replace("Image=", "Imagee=") };
    await home().repo.commitAndPush(desired(bad), "Mistype a key");
    await expectUntouched(home(), 1);
  });

  test("the user of a container that fails under its new name is put back to the old one", async () => {
    const user = { "torrent.container": container("torrent", "Network=x.container\n") };
    await deployed(home(), { "x.container": container("x-one"), ...user });
    const { exitCode, document } = await deploy({ "x.container": container("x-two", NEVER_HEALTHY) });
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 4, result: "rolled-back" });
    expect(await namesOn(home())).toEqual(["torrent", "x-one"]);
    const mode = await home().podman("container", "inspect", "-f", "{{.HostConfig.NetworkMode}}", "torrent");
    expect(mode).toBe(`container:${await home().podman("container", "inspect", "-f", "{{.Id}}", "x-one")}`);
    const next = await expectUntouched(home(), 4);
    expect(whyOf(next, "x.container")).toEqual(["failed-before"]);
    expect(whyOf(next, "torrent.container")).not.toContain("failed-before");
  });

  const NEEDS = "Requires=db.service\nAfter=db.service\n";
  test.each([
    ["it requires that one", container("web", "", NEEDS)],
    ["it is in the network of that one", container("web", "Network=db.container\n")],
  ])(
    "a service is put back together with the new service that it needs and that fails: %s",
    async (_, needing) => {
      await deployed(home(), { "web.container": container("web") });
      const answer = await deploy({
        "web.container": needing,
        "db.container": container("store", NEVER_HEALTHY),
      });
      expect(inShort(answer).exitCode).toBe(4);
      expect(inShort(answer).outcomes).toContain("failed db.container");
      expect(await namesOn(home())).toEqual(["web"]);
      expect(await home().systemctl("is-active", "web.service")).toBe("active");
      expect(await home().unit("web.container")).toBe(container("web"));
      const next = await expectUntouched(home(), 4);
      expect(whyOf(next, "db.container")).toEqual(["failed-before"]);
      expect(whyOf(next, "web.container")).not.toContain("failed-before");

      await deployed(home(), { "db.container": container("store") });
      expect(await namesOn(home())).toEqual(["store", "web"]);
      expect(await home().unit("web.container")).toBe(needing);
    },
  );

  test("a service that stopped because another one failed is deployed once that is fixed", async () => {
    const needing = { "web.container": container("web", "", "BindsTo=db.service\nAfter=db.service\n") };
    const killed = `${NEVER_HEALTHY}HealthOnFailure=kill\n`;
    const answer = await deploy({ ...needing, "db.container": container("store", killed) });
    expect(answer.exitCode, answer.stderr).toBe(4);
    expect(await namesOn(home())).toEqual([""]);
    const next = await expectUntouched(home(), 4);
    expect(whyOf(next, "db.container")).toEqual(["failed-before"]);

    await deployed(home(), { "db.container": container("store", killed.replace("=false", "=true")) });
    expect(await namesOn(home())).toEqual(["store", "web"]);
    await expectUntouched(home(), 0);
  });
});
