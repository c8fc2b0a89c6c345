import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { present, settlingStage } from "../../../support/settling/fixture.ts";

const member = (n: number, pod = "group") => `[Container]
Image=docker.io/library/${pod}-app:${n}
ContainerName=${pod}-app
Environment=V=${n}
Pod=${pod}.pod
[Service]
Restart=on-failure
[Install]
WantedBy=default.target
`;
const POD = "[Pod]\n";

describeFakeHost("a member alone in its pod", () => {
  const on = settlingStage();
  const image = (n: number) => `docker.io/library/group-app:${n}`;
  const starts = (service: string) =>
    on.stage.world.contents.journal.filter((one) => one.service === service && one.kind === "starting")
      .length;

  async function good(): Promise<void> {
    on.stage.commit({
      "group.pod": POD,
      "group-app.container": member(1),
      "other.pod": POD,
      "other-app.container": member(1, "other"),
    });
    await on.stage.sync();
    await on.stage.daemon(90_000);
    expect((await present(on.stage, "group-app")).state).toBe("good");
  }

  it.each([
    ["with an error", 4_000, 1],
    ["with success", 4_000, 0],
    ["with success in its probation", 25_000, 0],
  ])("goes back with the pod up again if its new text ends %s", async (_, afterMs, status) => {
    await good();
    const others = starts("other-app.service") + starts("other-pod.service");
    on.stage.world.contents.behaviours.set(image(2), { kind: "ends", afterMs, status });
    on.stage.commit({ "group-app.container": member(2) });
    await on.stage.sync();
    await on.stage.daemon(50_000);
    expect(await present(on.stage, "group-app")).toEqual({ inForce: "1", runs: true, state: "good" });
    const { failed, texts, due } = await on.stage.inventory();
    expect(Object.keys(failed)).toEqual(["group-app"]);
    expect(texts.group?.state).toBe("good");
    expect(due).toEqual([]);
    expect(on.stage.world.contents.runs.get("group-pod.service")?.active).toBe("active");
    expect(starts("other-app.service") + starts("other-pod.service")).toBe(others);
  });

  it("takes its fresh pod down, and that is no end of the pod's own", async () => {
    await good();
    on.stage.world.contents.behaviours.set(image(2), { kind: "ends", afterMs: 4_000, status: 0 });
    on.stage.commit({ "group.pod": "[Pod]\nPodmanArgs=--hostname=two\n", "group-app.container": member(2) });
    await on.stage.sync();
    await on.stage.daemon(50_000);
    const { failed } = await on.stage.inventory();
    expect(failed["group-app"]?.because).toBeUndefined();
    expect(failed.group).toBeUndefined();
    expect(await present(on.stage, "group-app")).toMatchObject({ inForce: "1", runs: true });
    expect(on.stage.world.contents.runs.get("group-pod.service")?.active).toBe("active");
  });
});
