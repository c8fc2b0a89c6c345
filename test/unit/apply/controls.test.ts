import { afterEach, beforeEach, expect, it } from "vitest";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { quadgate, sync } from "../../support/fake-host/homelab.ts";
import { TestRepository, World } from "../../support/fake-host/index.ts";

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

describeFakeHost("a limit that systemctl set-property changed", () => {
  let repository: TestRepository;
  let world: World;
  let control: string;

  beforeEach(async () => {
    repository = new TestRepository();
    world = new World();
  });
  afterEach(() => repository.remove());

  async function deployed(files: Readonly<Record<string, string>>): Promise<void> {
    repository.commit(files);
    expect((await sync(world, repository)).result).toBe("applied");
    control = world.setMemoryMax("web.service", 300 * MIB);
  }

  it.each([true, false])("gives way to a commit that sets it (attended: %s)", async (attended) => {
    await deployed(web("200M"));
    repository.commit(web("250M"));
    expect((await sync(world, repository, { attended })).result).toBe("applied");
    expect(world.files.files.has(control)).toBe(false);
    expect((await sync(world, repository)).result).toBe("in-sync");
  });

  it("gives way where the file was edited, too", async () => {
    await deployed(web("200M"));
    world.files.put(`${world.facts.unitDir}/web.container`, "[Container]\nImage=other\n");
    expect((await sync(world, repository)).result).toBe("applied");
    expect(world.files.files.has(control)).toBe(false);
  });

  it("gives way after a sync that was killed at any call", async () => {
    await deployed(web("200M"));
    repository.commit(web("250M"));
    const whole = quadgate(world.fork(), repository);
    await whole.sync();
    for (let at = 1; at <= whole.connection.effects.length; at += 1) {
      const fork = world.fork();
      const killed = quadgate(fork, repository, { faults: { fault: "dies", at, among: "effects" } });
      await killed.sync().catch(() => undefined);
      await fork.idle();
      const { result } = await sync(fork, repository, { attended: false });
      expect(result, `killed at ${whole.connection.effects[at - 1]}`).toMatch(/^(applied|in-sync)$/);
      expect(fork.files.files.has(control)).toBe(false);
    }
  });

  it("goes with its unit, so that the next of that name starts as declared", async () => {
    const other = { "desired-state/other.container": "[Container]\nImage=docker.io/library/other:1\n" };
    await deployed({ ...web("200M"), ...other });
    repository.commit(other);
    expect((await sync(world, repository, { allowPrune: true })).result).toBe("applied");
    expect(world.files.files.has(control)).toBe(false);
    repository.commit({ ...web("200M"), ...other });
    expect((await sync(world, repository)).result).toBe("applied");
  });

  it("stays where ignoreDrift allows it, whatever else is put back", async () => {
    await deployed(web("200M", "ignoreDrift: [memory]\n"));
    world.contents.images.set("docker.io/library/web:1", world.newId());
    expect((await sync(world, repository)).plan.summary).toMatchObject({ restart: 1 });
    expect(world.files.files.has(control)).toBe(true);
    expect((await sync(world, repository)).result).toBe("in-sync");
  });
});
