import { beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const container = (name: string, image: string) => ({
  [`desired-state/${name}.container`]:
    `[Container]\nImage=docker.io/library/${image}\nHealthCmd=check\nNotify=healthy\n` +
    "[Service]\nTimeoutStartSec=infinity\n",
});

describeFakeHost("a damaged generation", () => {
  const homelab = fakeHomelab();

  beforeEach(async () => {
    for (const name of ["a", "b"])
      homelab.world.contents.behaviours.set(`docker.io/library/${name}:sick`, { kind: "unhealthy" });
    push("a:1");
    await run();
    const { generation } = await homelab.inventory();
    homelab.world.files.files.delete(`${homelab.world.facts.stateDir}/units/${generation}/a.container`);
  });

  const push = (a: string, b = "b:1") => homelab.commit({ ...container("a", a), ...container("b", b) });
  const running = () => homelab.world.contents.containers.map(({ inspect }) => inspect.ImageName).sort();

  /** A sync, with what it warned of. */
  async function run() {
    const process = homelab.quadgate();
    const { result, outcomes } = await process.sync();
    const warnings = process.events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
    return { result, outcomes, warnings };
  }

  it("is reported once, and repaired by a sync that has nothing else to do", async () => {
    const first = await run();
    expect(first.result).toBe("in-sync");
    expect(first.warnings.join()).toContain("a.container is missing; a failed update cannot be put back");
    expect((await run()).warnings).toEqual([]);
    push("a:sick");
    expect((await run()).result).toBe("rolled-back");
  });

  it("prevents no update", async () => {
    push("a:2");
    expect((await run()).result).toBe("applied");
    expect((await run()).warnings).toEqual([]);
  });

  it("whose texts are lost puts back nothing, removes nothing, and says so", async () => {
    push("a:sick");
    const { result, outcomes } = await run();
    expect(result).toBe("failed");
    expect(outcomes[0]?.message).toContain(
      "cannot be put back: the texts that were in force before are lost",
    );
    expect(running()).toEqual(["docker.io/library/a:sick", "docker.io/library/b:1"]);
    const later = await run();
    expect(later.result).toBe("failed");
    expect(running()).toEqual(["docker.io/library/a:sick", "docker.io/library/b:1"]);
    push("a:2");
    expect((await run()).result).toBe("applied");
  });

  it("lets the other instances be put back", async () => {
    push("a:sick", "b:sick");
    expect((await run()).result).toBe("failed");
    expect(running()).toEqual(["docker.io/library/a:sick", "docker.io/library/b:1"]);
  });
});
