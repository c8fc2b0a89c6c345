import { expect, test } from "vitest";
import { codesOf, describeHomelab, HEALTHY, workOf } from "../support/flow-homelab.ts";
import { cache, web } from "../support/flow-manifests.ts";

const FREEZE = `${HEALTHY}gate: { windows: { freeze: [{ cron: "0 0 * * *", for: 1d }] } }\n`;
/** A score that gets better each time it is asked for. */
const RECOVERING = `health: { command: [bash, -c, 'echo x >>~/asked; n=$(wc -l <~/asked); echo "{\\"health_score\\": $((n * 40 > 100 ? 100 : n * 40))}"'] }
gate: { retry: { attempts: 3, wait: 1s } }
`;

describeHomelab("windows and health retries", { files: { "desired-state/web.yaml": web() } }, (home) => {
  let megabytes = 512;
  const change = () => {
    megabytes += 1;
    return home().repo.commitAndPush(
      { "desired-state/web.yaml": web(`memory: ${megabytes}M\n`) },
      "Change web",
    );
  };
  /** The hour in which the lab is now, by its own time zone, moved by so many. */
  const hour = async (moved: number) =>
    (Number(await home().sh("TZ=Asia/Kolkata date +%H")) + moved + 24) % 24;
  const allow = async (moved: number) =>
    home().configure(
      `${HEALTHY}gate: { windows: { allow: [{ cron: "0 ${await hour(moved)} * * *", for: 90m, timezone: Asia/Kolkata }] } }\n`,
    );

  test("hold a plan outside a window, name the next opening, and let a person through", async () => {
    await allow(5);
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "held" });
    const [reason] = document.gate.reasons;
    expect(reason?.code).toBe("window-closed");
    const opens = Date.parse(/the next window opens at (\S+)$/.exec(reason?.message ?? "")?.[1] ?? "");
    const now = Number(await home().sh("date +%s")) * 1_000;
    expect(opens - now).toBeGreaterThan(3 * 3_600_000);
    expect(opens - now).toBeLessThanOrEqual(5 * 3_600_000);
    // Kolkata is five and a half hours ahead, so its whole hours are half hours here.
    expect(new Date(opens).getUTCMinutes()).toBe(30);
    expect(await home().lab.quadgate(["approve"])).toMatchObject({ exitCode: 0 });
    expect((await home().history()).at(-1)).toMatchObject({ trigger: "approve", result: "applied" });
  });

  test("let a plan through inside a window", async () => {
    await allow(0);
    await change();
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
  });

  test("block a plan in a freeze, except for force and for a restore", async () => {
    await home().configure(FREEZE);
    await change();
    const { exitCode, document } = await home().ask("reconcile", "--yes");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "blocked" });
    expect(codesOf(document.gate.reasons)).toEqual(["window-frozen"]);
    expect(await home().ask("reconcile", "--force", "--reason", "it is urgent")).toMatchObject({
      exitCode: 0,
      document: { result: "applied", record: { forced: "it is urgent" } },
    });
    await home().repo.git("revert", "--no-edit", "HEAD");
    await home().repo.push();
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
  });

  test("look at the host again until it is healthy", async () => {
    await home().configure(RECOVERING);
    await change();
    const { exitCode, document, stderr } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect(document.record.looks?.map(({ score }) => score)).toEqual([40, 80, 100]);
    expect(stderr).toContain(
      "health score 40 is below the block limit 70; looking again in 1.0 s (look 1 of 3)",
    );
  });
});

describeHomelab(
  "an instance that other units would take down",
  { files: { "README.md": "A homelab.\n" } },
  (home) => {
    const unit = (more = "") => `${more}[Container]\nImage=localhost/busybox\nPull=never\n`;
    const use = (more = "") => ({
      "desired-state/use.yaml": cache(
        `quadlet: { Unit: { Requires: [db.service], After: [db.service] } }\n${more}`,
      ),
    });
    const freeze = 'gate: { windows: { freeze: [{ cron: "0 0 * * *", for: 1d }] } }\n';
    const db = (more = "") => ({ "desired-state/db.container": unit(more) });
    let texts = 0;
    /** Pushes these with another text of `db`, and says what became of both. */
    const push = async (files: Record<string, string>) => {
      const before = await home().identity("use");
      texts += 1;
      const { document } = await home().deploy(
        { ...db(`[Service]\nEnvironment=TEXT=${texts}\n`), ...files },
        "Change db",
      );
      const change = document.changes.find(({ unit: name }) => name === "db.container");
      const isSame = (await home().identity("use")) === before;
      return {
        result: document.result,
        codes: codesOf(change?.reasons ?? []),
        work: workOf(document),
        isSame,
      };
    };

    test("is left running while it is suspended, with or without errors in its manifest", async () => {
      expect((await home().deploy({ ...db(), ...use() }, "Add a cache")).document.result).toBe("applied");
      await home().lab.quadgate(["suspend", "use"]);
      const left = { codes: ["dependant-suspended"], work: [], isSame: true };
      expect(await push({})).toMatchObject(left);
      expect(await push(use("bogus: 1\n"))).toMatchObject(left);
      await home().lab.quadgate(["resume", "use"]);
    });

    test("is not restarted in its freeze, nor if that can no longer be read", async () => {
      expect(await push(use(freeze))).toMatchObject({ result: "blocked", isSame: true });
      const unread = await push({ ...use(`${freeze}bogus: 1\n`), "desired-state/other.container": unit() });
      expect(unread).toMatchObject({
        codes: ["dependant-invalid"],
        work: ["create other.container"],
        isSame: true,
      });
    });

    test("is not stopped in its freeze by the start of a conflicting unit", async () => {
      const rival = { "desired-state/rival.container": unit("[Unit]\nConflicts=use.service\n") };
      const identity = await home().identity("use");
      const unread = await home().deploy({ ...db(), ...rival }, "Add a rival");
      expect(workOf(unread.document)).toEqual([]);
      const { document } = await home().deploy(use(freeze), "Mend the manifest");
      expect({ result: document.result, work: workOf(document) }).toEqual({
        result: "blocked",
        work: ["create rival.container"],
      });
      expect(await home().identity("use")).toBe(identity);
      expect(await home().systemctl("is-active", "use.service")).toBe("active");
    });
  },
);
