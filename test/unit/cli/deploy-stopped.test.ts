import { expect, it } from "vitest";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { people } from "../../support/fake-host/index.ts";

const DEPLOY = [
  ...["deploy", "web", "--pattern", "reverse-proxy-backend", "--hostname", "web.example.org"],
  ...["--image", "docker.io/library/web:1", "--port", "80"],
];

describeFakeHost("a deployment whose service a person stops", () => {
  const homelab = fakeHomelab();
  const ask = (...words: readonly string[]) =>
    run(homelab.world, { repository: homelab.repository }, ...words);

  it("fails at its verification without running checks, and says how to go on", async () => {
    homelab.world.paceMs = 20;
    homelab.commit({ "desired-state/networks.yaml": "reverse_proxy: {}\n" });
    homelab.world.in(5_000, () => people.stop(homelab.world, "web.service"));
    const { exitCode, stdout, stderr } = await ask(...DEPLOY);
    expect(exitCode).toBe(4);
    expect(stdout).toContain("Applied, not verified (web.service: a person stopped it)");
    expect(stdout).not.toContain("Checks of web");
    expect(stderr).toMatch(/✗ +9 verify/);
    expect(stderr).toContain("why:     web.service: a person stopped it");
    expect(stderr).toContain("left:    the new text is in force on the host, and has not settled");
    expect(stderr).toContain("go on:   start it again with: quadgate reconcile web");

    const again = await ask("reconcile", "web");
    expect([again.exitCode, homelab.world.contents.runs.get("web.service")?.active]).toEqual([0, "active"]);
    expect((await homelab.inventory()).texts.web?.state).toBe("settled");
  });
});
