import { beforeEach, describe, expect, it } from "vitest";
import { suspendInstances } from "../../../src/control/suspend.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";

const manifest = (name: string, more = "") => `pattern: reverse-proxy-backend
image: docker.io/library/${name}:1
hostname: ${name}.example.org
port: 80
networks: [shared]
health: { cmd: "check", interval: 1h }
${more}`;
const BOND = "quadlet: { Unit: { Requires: [db.service], After: [db.service] } }\n";
const use = (more = "") => ({ "desired-state/use.yaml": manifest("use", `${BOND}${more}`) });
const db = (memory: string) => ({ "desired-state/db.yaml": manifest("db", `memory: ${memory}\n`) });

describeFakeHost("an instance that is bound to another instance's unit", () => {
  const homelab = fakeHomelab();
  const sync = (only?: string) =>
    homelab.quadgate().sync(only === undefined ? {} : { only: new Set([only]) });
  const idOf = (name: string) => homelab.world.containerNamed(name)?.id;
  /** What a sync of these files does to `db`, by the codes of its reasons, and whether `use` runs on untouched. */
  const change = async (files: Readonly<Record<string, string>>, only?: string) => {
    homelab.commit({ ...db("600M"), ...files, "desired-state/other.yaml": manifest("other") });
    const before = idOf("use");
    const { plan, verdict } = await sync(only);
    const { action, reasons } = plan.changes.find(({ unit }) => unit === "db.container") ?? {};
    return {
      action,
      codes: reasons?.map(({ code }) => code),
      messages: reasons?.map(({ message }) => message).join("\n"),
      issues: plan.issues.length,
      gate: verdict.state,
      isSame: idOf("use") === before,
    };
  };

  beforeEach(async () => {
    homelab.commit({ ...db("500M"), ...use() });
    expect((await sync()).result).toBe("applied");
  });

  describe("while it is suspended", () => {
    beforeEach(() => suspendInstances(homelab.quadgate().context, new Set(["use"]), {}));
    const left = { action: "none", codes: ["dependant-suspended"], isSame: true };

    it("keeps that unit as it is", async () => {
      expect(await change({})).toMatchObject(left);
    });

    it.each([
      ["cannot be read", 1, manifest("use", `${BOND}bogus: 1\n`)],
      ["cannot be rendered", 1, manifest("use", `${BOND}publish: ["8080:80"]\n`)],
      ["gives up the bond", 0, manifest("use")],
    ])("keeps that unit as it is when its manifest %s", async (_, issues, text) => {
      expect(await change({ "desired-state/use.yaml": text })).toMatchObject({ ...left, issues });
      expect(idOf("other")).toBeDefined();
    });
  });

  describe("whose manifest asks for a stricter gate", () => {
    const freeze = 'gate: { windows: { freeze: [{ cron: "0 0 * * *", for: 1d }] } }\n';

    it("is not restarted against its own gate", async () => {
      expect(await change(use(freeze))).toMatchObject({ gate: "blocked", isSame: true });
    });

    it("is not restarted if its manifest can no longer be read, and nothing else waits for it", async () => {
      const changed = await change(use(`${freeze}bogus: 1\n`));
      expect(changed).toMatchObject({ action: "none", codes: ["dependant-invalid"], isSame: true });
      expect(idOf("other")).toBeDefined();
    });

    it("is not restarted by a sync of the other instance alone either", async () => {
      const changed = await change(use(`${freeze}bogus: 1\n`), "db");
      expect(changed).toMatchObject({ action: "none", codes: ["dependant-invalid"], isSame: true });
    });

    it("is restarted if its manifest merely cannot be rendered, because its gate is known", async () => {
      const refused = 'publish: ["8080:80"]\n';
      expect(await change(use(refused), "db")).toMatchObject({ action: "update", isSame: false });
      homelab.commit({ ...db("700M"), ...use(`${refused}${freeze}`) });
      expect((await sync()).result).toBe("blocked");
    });
  });
});
