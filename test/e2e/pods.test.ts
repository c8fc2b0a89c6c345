import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, fieldsWith, type Homelab, workOf } from "../support/flow-homelab.ts";

const pod = (more = "") => `[Pod]\n${more}`;
const member = (of: string, value: string) =>
  `[Container]\nImage=localhost/busybox\nPod=${of}.pod\nEnvironment=VALUE=${value}\n`;

const FILES = {
  "desired-state/alone.pod": pod(),
  "desired-state/alone-app.container": member("alone", "1"),
  "desired-state/pair.pod": pod(),
  "desired-state/pair-app.container": member("pair", "1"),
  "desired-state/pair-db.container": member("pair", "1"),
};

describeHomelab("in the pods of a homelab,", { files: { "README.md": "A homelab.\n" } }, (home) => {
  const expectApplied = async (files: Readonly<Record<string, string>>, work: readonly string[]) => {
    const { document } = await home().deploy(files, "Change pods");
    expect(workOf(document)).toEqual(work);
    expect(document.outcomes.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(document.result).toBe("applied");
    expect(await driftOf(home())).toEqual([]);
  };

  test("a pod starts its containers, and the sync leaves that to the pod", async () => {
    const units = Object.keys(FILES).map((path) => path.replace("desired-state/", ""));
    await expectApplied(FILES, [
      ...units.filter((name) => name.endsWith(".pod")).map((name) => `create ${name}`),
      ...units.filter((name) => name.endsWith(".container")).map((name) => `create ${name}`),
    ]);
    // More would mean that the sync restarted what the pod had just started.
    const starts = await home().sh(
      "journalctl --user -o cat -u alone-app -u pair-app -u pair-db | grep -c ^Started",
    );
    expect(starts.trim()).toBe("3");
  });

  test("the only container is restarted, although the pod ends with it", async () => {
    await expectApplied({ "desired-state/alone-app.container": member("alone", "2") }, [
      "update alone-app.container",
    ]);
  });

  test("all containers are restarted, one after the other", async () => {
    await expectApplied(
      {
        "desired-state/pair-app.container": member("pair", "2"),
        "desired-state/pair-db.container": member("pair", "2"),
      },
      ["update pair-app.container", "update pair-db.container"],
    );
  });

  test("a pod is replaced together with its containers", async () => {
    const { document } = await home().deploy(
      { "desired-state/alone.pod": pod("ShmSize=20m\n"), "desired-state/pair.pod": pod("ShmSize=20m\n") },
      "Give them more shared memory",
    );
    expect(document.result).toBe("applied");
    expect(await driftOf(home())).toEqual([]);
  });
});

async function driftOf(home: Homelab): Promise<readonly string[]> {
  const { document } = await home.ask<DriftReport>("drift");
  return [...fieldsWith(document), ...fieldsWith(document, "warning")];
}
