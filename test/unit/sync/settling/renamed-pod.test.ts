import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { settlingStage } from "../../../support/settling/fixture.ts";

const FOLDER = "/home/user";
const yaml = (pod: string) => `kind: Pod
metadata: { name: ${pod} }
spec:
  containers:
    - { name: main, image: docker.io/library/${pod}:1 }
    - { name: side, image: docker.io/library/side:1 }
`;
const kube = (pod: string) =>
  `[Kube]\nYaml=${FOLDER}/${pod}.yaml\n[Service]\nRestart=always\n[Install]\nWantedBy=default.target\n`;

describeFakeHost("a .kube whose pod has another name", () => {
  const on = settlingStage();
  const containers = () =>
    on.stage.world.contents.containers
      .filter(({ service }) => service === "app.service")
      .map(({ name }) => name)
      .sort();
  const started = () => on.stage.world.contents.runs.get("app.service")?.invocation;

  beforeEach(async () => {
    for (const pod of ["one", "two"]) on.stage.world.files.put(`${FOLDER}/${pod}.yaml`, yaml(pod));
    on.stage.commit({ "app.kube": kube("one") });
    await on.stage.sync();
    expect(containers()).toEqual(["app.service-infra", "one-main", "one-side"]);
  });

  it("no longer runs the pod of the old name", async () => {
    on.stage.commit({ "app.kube": kube("two") });
    expect((await on.stage.sync()).result).toBe("applied");
    expect(containers()).toEqual(["app.service-infra", "two-main", "two-side"]);
    expect((await on.stage.sync()).result).toBe("in-sync");
  });

  it("goes back to the old name once, and is not restarted again while it is well", async () => {
    on.stage.world.contents.behaviours.set("docker.io/library/two:1", {
      kind: "ends",
      afterMs: 2_000,
      status: 1,
    });
    on.stage.commit({ "app.kube": kube("two") });
    expect((await on.stage.sync()).result).toBe("rolled-back");
    expect(containers()).toEqual(["app.service-infra", "one-main", "one-side"]);
    const before = started();
    await on.stage.daemon(80_000);
    expect(started()).toBe(before);
    expect((await on.stage.inventory()).due).toEqual([]);
  });
});
