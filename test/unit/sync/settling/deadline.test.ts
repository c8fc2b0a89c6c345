import { expect, it } from "vitest";
import { describeFakeHost } from "../../../support/fake-host/describe.ts";
import { settlingStage } from "../../../support/settling/fixture.ts";

interface Limits {
  /** Lines of [Container]. */
  readonly container?: string;
  readonly timeout: string;
}

const unit = (image: string, { container = "", timeout }: Limits, more = "") => `[Unit]
${more}
[Container]
Image=docker.io/library/${image}
ContainerName=${image.replace(/:.*/, "")}
HealthCmd=true
HealthInterval=5s
HealthRetries=2
${container}
[Service]
TimeoutStartSec=${timeout}

[Install]
WantedBy=default.target
`;
const PERIOD = "HealthStartPeriod=30s\n";

describeFakeHost("the deadline of a good start", () => {
  const on = settlingStage();
  const settings = { verify: { timeout: "15s", stable: "1s" } };
  const sync = () => on.stage.sync({}, settings);
  const healthyAfter = (image: string, afterMs: number) =>
    on.stage.world.contents.behaviours.set(`docker.io/library/${image}`, { kind: "healthy", afterMs });

  // Settings of 15 s, a check that may take 5 s x 2 and its start period, and systemd's own limit.
  it.each([
    ["verify.timeout", { timeout: "2" }, 15],
    ["TimeoutStartSec=", { timeout: "40" }, 40],
    ["start period and retries", { container: PERIOD, timeout: "infinity" }, 40],
    ["TimeoutStartSec=, with Notify=healthy", { container: "Notify=healthy\n", timeout: "40" }, 40],
    [
      "start period and retries, with Notify=healthy",
      { container: `${PERIOD}Notify=healthy\n`, timeout: "infinity" },
      40,
    ],
    ["verify.timeout, with Notify=healthy", { container: "Notify=healthy\n", timeout: "infinity" }, 15],
  ])("is that of %s if that is the longest", async (_, limits, seconds) => {
    healthyAfter("slow:1", (seconds - 3) * 1_000);
    on.stage.commit({ "slow.container": unit("slow:1", limits) });
    expect((await sync()).result).toBe("applied");

    healthyAfter("slow:2", (seconds + 3) * 1_000);
    on.stage.commit({ "slow.container": unit("slow:2", limits) });
    const began = on.stage.world.clock.steady;
    expect((await sync()).result).toBe("rolled-back");
    // The old text has its good start after that.
    const took = on.stage.world.clock.steady - began - (seconds - 3) * 1_000;
    expect(took / 1_000).toBeGreaterThanOrEqual(seconds - 1);
    expect(took / 1_000).toBeLessThan(seconds + 5);
  });

  it("is that of the needed service for what waits for that", async () => {
    healthyAfter("slow:1", 37_000);
    on.stage.commit({
      "slow.container": unit("slow:1", { timeout: "40" }),
      "app.container": unit("app:1", { timeout: "2" }, "Requires=slow.service\nAfter=slow.service"),
    });
    let between: ReturnType<typeof on.stage.inventory> | undefined;
    on.stage.world.in(25_000, () => {
      between = on.stage.inventory();
    });
    const { result, endings } = await sync();
    expect((await between)?.texts.app).toMatchObject({ state: "fresh" });
    expect((await between)?.texts.app?.stopped).toBeUndefined();
    expect([result, endings.get("app")?.kind]).toEqual(["applied", "verified"]);
  });
});
