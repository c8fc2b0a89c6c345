import { expect, test } from "vitest";
import { type Daemon, startDaemon } from "../support/flow-daemon.ts";
import { describeHomelab, HEALTHY, type Homelab } from "../support/flow-homelab.ts";
import { container } from "../support/flow-left-alone.ts";
import { cache, web } from "../support/flow-manifests.ts";

/** No clock makes the daemon look. */
const SETTINGS = `${HEALTHY}daemon: { poll: "0 0 1 1 *" }\nheal: { limit: 2, within: 1h }\n`;
const FILES = {
  "desired-state/web.yaml": web("onDrift: heal\n"),
  "desired-state/cache.yaml": cache(),
  "desired-state/raw.container": `${container("raw", "HealthCmd=true\n")}[X-Quadgate]\nOnDrift=heal\n`,
};

/** After how many failures in a row podman calls the container unhealthy. */
function retriesOf(home: Homelab, name: string): Promise<string> {
  return home.podman("container", "inspect", "--format", "{{.Config.Healthcheck.Retries}}", name);
}

describeHomelab("self-heal", { files: FILES, settings: SETTINGS }, (home) => {
  let daemon: Daemon;
  /** Makes the daemon look again, and waits until it has. */
  const look = async () => {
    await home().lab.quadgate(["notify", "--trigger", "look"]);
    // A push makes it look, too.
    await daemon.until(/"trigger":"[^"\n]*look[^"\n]*"[^\n]*"sync finished"/);
  };
  const disturb = (name: string) => home().podman("update", "--health-retries", "9", name);
  const last = async () => (await home().history()).at(-1);

  test("puts back what podman update changed, by itself, and records that in the history", async () => {
    daemon = await startDaemon(home());
    await disturb("web");
    expect(await retriesOf(home(), "web")).toBe("9");
    await look();
    expect(await retriesOf(home(), "web")).toBe("3");
    expect(await last()).toMatchObject({ result: "applied", instances: ["web"], heals: ["web"] });
  });

  test("puts back a raw Quadlet that asks for it: what was changed, edited, or stopped", async () => {
    const text = await home().unit("raw.container");
    await disturb("raw");
    await look();
    expect(await retriesOf(home(), "raw")).toBe("3");
    await home().sh("echo '# mine' >>~/.config/containers/systemd/raw.container");
    await home().systemctl("stop", "raw.service");
    await look();
    expect(await home().unit("raw.container")).toBe(text);
    expect(await home().systemctl("is-active", "raw.service")).toBe("active");
    expect(await last()).toMatchObject({ result: "applied", heals: ["raw"] });
  });

  test("only reports the drift of an instance that does not ask for it", async () => {
    await disturb("cache");
    const identity = await home().identity("cache");
    await look();
    expect(await home().identity("cache")).toBe(identity);
    expect(await last()).toMatchObject({ result: "in-sync" });
  });

  test("leaves a suspended instance alone, whatever is done to it", async () => {
    const said = await home().lab.quadgate([
      "suspend",
      "web",
      "--for",
      "2h",
      "--reason",
      "trying more retries",
    ]);
    expect(said.stdout).toMatch(/^web is suspended until /);
    await disturb("web");
    const identity = await home().identity("web");
    await look();
    expect(await home().identity("web")).toBe(identity);
    await home().deploy({ "desired-state/web.yaml": web("onDrift: heal\nmemory: 700M\n") }, "Change web");
    expect(await home().identity("web")).toBe(identity);
    const plan = (await home().lab.quadgate(["plan"])).stdout;
    expect(plan).toMatch(/suspended on this host until .*: trying more retries \[instance-suspended\]/);
    const drift = (await home().lab.quadgate(["drift", "web"])).stdout;
    expect(drift).toMatch(/suspended on this host until .*: trying more retries/);
  });

  test("manages it again once it is resumed", async () => {
    await home().lab.quadgate(["resume", "web"]);
    await look();
    expect(await home().unit("web.container")).toContain("MemoryMax=700M");
  });

  test("stops after the number of heals that the settings allow, and then only reports", async () => {
    await disturb("web");
    await look();
    expect(await last()).toMatchObject({ result: "applied", heals: ["web"] });
    await disturb("web");
    const identity = await home().identity("web");
    await look();
    expect(await home().identity("web")).toBe(identity);
    expect(await last()).toMatchObject({ result: "in-sync", braked: ["web"] });
    expect(daemon.log()).toMatch(/"level":"warn".*"braked":\["web"\]/);
    const byHand = await home().ask("reconcile");
    expect(byHand.document).toMatchObject({ result: "applied" });
    expect(await daemon.end("SIGTERM")).toBe(0);
  });
});
