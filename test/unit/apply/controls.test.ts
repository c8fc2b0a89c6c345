import { expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { quadgate, sync } from "../../support/fake-host/homelab.ts";

const MIB = 1024 ** 2;
const web = (memory: string, more = "") => ({
  "desired-state/web.yaml": `pattern: reverse-proxy-backend
image: docker.io/library/web:1
hostname: web.example.org
port: 80
memory: ${memory}
health: { cmd: "check", interval: 1h }
${more}`,
});

describeFakeHost("a limit that was changed by systemctl set-property", () => {
  const homelab = fakeHomelab();
  let control: string;

  async function deployed(files: Readonly<Record<string, string>>): Promise<void> {
    homelab.commit(files);
    expect((await homelab.sync()).result).toBe("applied");
    control = homelab.world.setMemoryMax("web.service", 300 * MIB);
  }

  it.each([true, false])("gives way to a commit that sets it (attended: %s)", async (attended) => {
    await deployed(web("200M"));
    homelab.commit(web("250M"));
    expect((await homelab.sync({ attended })).result).toBe("applied");
    expect(homelab.world.files.files.has(control)).toBe(false);
    expect((await homelab.sync()).result).toBe("in-sync");
  });

  it("gives way even if the file was edited, too", async () => {
    await deployed(web("200M"));
    homelab.world.files.put(`${homelab.world.facts.unitDir}/web.container`, "[Container]\nImage=other\n");
    expect((await homelab.sync()).result).toBe("applied");
    expect(homelab.world.files.files.has(control)).toBe(false);
  });

  it("gives way after a sync that was killed at any call", async () => {
    await deployed(web("200M"));
    homelab.commit(web("250M"));
    const whole = quadgate(homelab.world.fork(), homelab.repository);
    await whole.sync();
    for (let at = 1; at <= whole.connection.effects.length; at += 1) {
      const fork = homelab.world.fork();
      const killed = quadgate(fork, homelab.repository, { faults: { fault: "dies", at, among: "effects" } });
      await killed.sync().catch(() => undefined);
      await fork.idle();
      const { result } = await sync(fork, homelab.repository, { attended: false });
      expect(result, `killed at ${whole.connection.effects[at - 1]}`).toMatch(/^(applied|in-sync)$/);
      expect(fork.files.files.has(control)).toBe(false);
    }
  });

  it("goes with its unit, so that the next unit of that name starts as declared", async () => {
    const other = { "desired-state/other.container": "[Container]\nImage=docker.io/library/other:1\n" };
    await deployed({ ...web("200M"), ...other });
    homelab.commit(other);
    expect((await homelab.sync({ allowPrune: true })).result).toBe("applied");
    expect(homelab.world.files.files.has(control)).toBe(false);
    homelab.commit({ ...web("200M"), ...other });
    expect((await homelab.sync()).result).toBe("applied");
  });

  it("stays if ignoreDrift allows it, whatever else is put back", async () => {
    await deployed(web("200M", "ignoreDrift: [memory]\n"));
    homelab.world.contents.images.set("docker.io/library/web:1", homelab.world.newId());
    expect((await homelab.sync()).plan.summary).toMatchObject({ restart: 1 });
    expect(homelab.world.files.files.has(control)).toBe(true);
    expect((await homelab.sync()).result).toBe("in-sync");
  });
});
