import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { pathOf } from "../../support/fake-host/checks.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const HOMELAB = {
  "desired-state/web.container":
    "[Container]\nImage=docker.io/library/web:1\nHealthCmd=check\nNotify=healthy\n",
  "desired-state/web.container.d/more.conf": "[Container]\nEnvironment=A=b\n",
};

describeFakeHost("temporary files of interrupted writes", () => {
  const homelab = fakeHomelab();
  const now = () => homelab.world.clock.now().getTime();
  const put = (folder: string, ageMs: number, name = `.quadgate-${randomUUID()}.tmp`) => {
    const path = `${folder}/${name}`;
    homelab.world.files.put(path, "half", now() - ageMs);
    return path;
  };
  const left = (paths: readonly string[]) => paths.filter((path) => homelab.world.files.files.has(path));

  beforeEach(async () => {
    homelab.commit(HOMELAB);
    await homelab.sync();
  });

  it("are removed by the next sync, from the state directory and the folders of what quadgate owns", async () => {
    const { stateDir, unitDir } = homelab.world.facts;
    const dropIns = dirname(pathOf(homelab.world, "web.container.d/more.conf"));
    const old = [stateDir, unitDir, dropIns].map((folder) => put(folder, 61_000));
    expect(left(old)).toEqual(old);
    expect((await homelab.sync()).result).toBe("in-sync");
    expect(left(old)).toEqual([]);
  });

  it("stay while a write may still be under way, as do files with other names or elsewhere", async () => {
    const { stateDir, unitDir, home } = homelab.world.facts;
    const kept = [
      put(stateDir, 59_000),
      put(unitDir, 1e9, ".quadgate-notes.tmp"),
      put(unitDir, 1e9, `quadgate-${randomUUID()}.tmp`),
      put(unitDir, 1e9, `.quadgate-${randomUUID()}.tmp.conf`),
      put(`${unitDir}/.quadgate-${randomUUID()}.tmp`, 1e9, "a-folder-of-somebody"),
      put(`${home}/somewhere`, 1e9),
      put(`${stateDir}/units/abc`, 1e9),
    ];
    await homelab.sync();
    expect(left(kept)).toEqual(kept);
  });

  it("are removed from the stored units as well, after a sync that was interrupted", async () => {
    const { stateDir } = homelab.world.facts;
    const old = [put(`${stateDir}/units/abc`, 1e9), put(`${stateDir}/units/abc/web.container.d`, 1e9)];
    homelab.commit({ "desired-state/web.container": HOMELAB["desired-state/web.container"] });
    const dying = homelab.quadgate({ faults: { fault: "dies", at: 6, among: "effects" } });
    await dying.sync().catch(() => undefined);
    expect(dying.connection.effects.join("\n")).toContain("inventory.json");
    await homelab.world.idle();
    await homelab.sync();
    expect(left(old)).toEqual([]);
  });

  it("do not stop a sync if they cannot be removed", async () => {
    const path = put(homelab.world.facts.unitDir, 1e9);
    homelab.world.files.beforeChange = (operation, at) => {
      if (operation === "remove" && at === path) throw new Error("EACCES");
    };
    expect((await homelab.sync()).result).toBe("in-sync");
    expect(left([path])).toEqual([path]);
  });
});
