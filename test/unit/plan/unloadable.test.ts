import { describe, expect, it } from "vitest";
import type { GeneratorOutput, LiveState } from "../../../src/model/live.ts";
import type { Change, Plan } from "../../../src/model/plan.ts";
import { unloadable } from "../../../src/plan/unloadable.ts";
import type { Generated } from "../../../src/quadlet/generated.ts";
import { change } from "../../support/gate-input.ts";
import { generated, liveWith, unitOf } from "../../support/plan-input.ts";

const UNITS = [unitOf("web.container"), unitOf("db.container")];
const BOTH = generated({ "web.service": "", "db.service": "" });
const WEB = "converting \"web.container\": unsupported key 'X' in group 'Container'";

function made(messages: GeneratorOutput["messages"], ...services: readonly string[]): Generated {
  return { ...generated(Object.fromEntries(services.map((name) => [name, ""]))), messages };
}

/** A host with the files of these units as they are wanted, of which systemd has these services. */
function host(files: readonly string[], ...loaded: readonly string[]): LiveState {
  const file = (name: string) => ({
    name,
    path: `/units/${name}`,
    content: name,
    mode: 0o644,
    symlink: false,
  });
  return {
    ...liveWith([]),
    files: new Map(files.map((name) => [name, file(name)])),
    generated: new Map(loaded.map((name) => [name, ""])),
  };
}

function ask(changes: readonly Change[], found: Generated, live: LiveState) {
  const plan = { changes } as unknown as Plan;
  const { leftAlone, messages } = unloadable({ plan, units: UNITS, generated: BOTH, after: found, live });
  return { leftAlone: [...leftAlone.keys()].sort(), messages };
}

const ALL = ["web.container", "db.container"];

describe("a unit that podman's generator would not make after a plan", () => {
  it("is the only one that stays as it is, if systemd does not have it anyway", () => {
    const found = made([{ unit: "web.container", message: WEB }], "db.service");
    const changes = [change("restart", "web.container"), change("update", "db.container")];
    expect(ask(changes, found, host(ALL, "db.service"))).toEqual({ leftAlone: ["web"], messages: [WEB] });
  });

  it("stops every change if a reload would cost systemd a service that it has", () => {
    const found = made([{ unit: "web.container", message: WEB }], "db.service");
    const changes = [change("none", "web.container"), change("update", "db.container")];
    expect(ask(changes, found, host(ALL, "web.service", "db.service")).leftAlone).toEqual(["db"]);
    const deletion = [change("none", "web.container"), change("delete", "old.container")];
    expect(ask(deletion, found, host(ALL, "web.service")).leftAlone).toEqual(["old"]);
  });

  it("stops nothing if a person has removed or edited its file and it is not to be put back", () => {
    const changes = [change("none", "web.container"), change("update", "db.container")];
    const found = made([], "db.service");
    expect(ask(changes, found, host(["db.container"], "web.service")).leftAlone).toEqual([]);
  });

  it("does not stop files outside the unit directory", () => {
    const changes = [change("none", "web.container"), change("update", "/home/me/app.conf")];
    const found = made([{ unit: "web.container", message: WEB }], "db.service");
    expect(ask(changes, found, host(ALL, "web.service")).leftAlone).toEqual([]);
  });

  it("is explained by errors, not by warnings, and by the files that could not be read", () => {
    const lost = 'error loading "/units/zz.container", file contains line 1: “secret” which is no group';
    const found = made([
      { unit: "other.container", message: "Warning: other.container specifies a short image" },
      { unit: "other.container", message: 'converting "other.container": something else' },
      { unit: "zz.container", message: lost },
    ]);
    const { messages } = ask([change("restart", "web.container")], found, host(ALL));
    expect(messages).toEqual([lost.replace("“secret”", "(not shown)")]);
  });
});
