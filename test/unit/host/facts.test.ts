import { mkdir, mkdtemp, realpath, rm, rmdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { managerEnvironment, readFacts } from "../../../src/host/facts.ts";
import { FACTS } from "../../support/health-host.ts";

const ME = { uid: 1000, username: "me", homedir: "/home/me" };
const NOTHING = { host: undefined, unitDir: undefined, stateDir: undefined };

describe("the host's facts", () => {
  it("put a whole machine's folders in the system's places", () => {
    expect(readFacts({ HOME: "/root" }, NOTHING, true)).toMatchObject({
      rootless: false,
      uid: 0,
      unitDir: "/etc/containers/systemd",
      systemdDir: "/etc/systemd/system",
      stateDir: "/var/lib/quadgate",
      configDir: "/etc/quadgate",
      runtimeDir: "/run",
      generatorDir: "/run/systemd/generator",
    });
  });

  it("take folders and name from the settings, with `~` and relative paths resolved", () => {
    const settings = { host: "htpc", unitDir: "~/units", systemdDir: "~/plain", stateDir: "state" };
    expect(readFacts({ HOME: "/home/me" }, settings, true)).toMatchObject({
      name: "htpc",
      unitDir: "/home/me/units",
      systemdDir: "/home/me/plain",
      stateDir: `${process.cwd()}/state`,
    });
  });

  it("put a user's folders in the places that XDG names", () => {
    const environment = { HOME: "/home/me", XDG_CONFIG_HOME: "/config", XDG_RUNTIME_DIR: "/runtime" };
    expect(readFacts(environment, NOTHING, false, ME)).toMatchObject({
      rootless: true,
      unitDir: "/config/containers/systemd",
      systemdDir: "/config/systemd/user",
      stateDir: "/home/me/.local/state/quadgate",
      configDir: "/config/quadgate",
      generatorDir: "/runtime/systemd/generator",
    });
  });

  it("resolve links on the way to the unit directory, even before it exists", async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), "facts-")));
    try {
      await mkdir(join(home, "dotfiles/systemd"), { recursive: true });
      await mkdir(join(home, ".config"));
      await symlink("../dotfiles", join(home, ".config/containers"));
      const unitDir = () => readFacts({ HOME: home }, NOTHING, false, ME).unitDir;
      expect(unitDir()).toBe(`${home}/dotfiles/systemd`);
      await rmdir(join(home, "dotfiles/systemd"));
      expect(unitDir()).toBe(`${home}/dotfiles/systemd`);
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it("find the user's manager even if no session has set the way", () => {
    expect(managerEnvironment(FACTS)).toEqual({
      XDG_RUNTIME_DIR: "/run/user/1000",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
    });
    expect(managerEnvironment({ ...FACTS, rootless: false })).toEqual({});
  });

  it("keep absolute paths and names with a tilde inside as they are", () => {
    const stateDirOf = (stateDir: string) =>
      readFacts({ HOME: "/home/me" }, { ...NOTHING, stateDir }, true).stateDir;
    expect(["/a/~b", "~", "~/x//../y"].map(stateDirOf)).toEqual(["/a/~b", "/home/me", "/home/me/y"]);
  });
});
