import { expect, test } from "vitest";
import { audit } from "../support/flow-drift.ts";
import { describeHomelab } from "../support/flow-homelab.ts";
import { HOMELAB } from "../support/flow-manifests.ts";
import { trace } from "../support/flow-trace.ts";

/** A command without the options that stand before its verb, down to the verb. */
const READING: readonly RegExp[] = [
  /^podman (version|ps|images|(container|image|pod|secret) inspect|network ls|volume ls)( |$)/,
  /^systemctl( --no-ask-password| --user| --system)* show( --timestamp=unix)? --property=\S+ -- /,
  /^systemctl( --\S+)* list-units /,
  /^git( -c \S+)* (rev-parse|ls-tree|cat-file)( |$)/,
  /^\/usr\/libexec\/podman\/quadlet -dryrun( |$)/,
];

function otherCommands(commands: readonly (readonly string[])[]): readonly string[] {
  return commands.map((words) => words.join(" ")).filter((line) => !READING.some((verb) => verb.test(line)));
}

describeHomelab("the audit of drift writes nothing:", { files: HOMELAB }, (home) => {
  test("while a sync, for comparison, is seen to write", async () => {
    const { exitCode, writes, commands } = await trace(home().lab, ["quadgate", "reconcile", "--quiet"]);
    expect(exitCode).toBe(0);
    expect(writes.join("\n")).toMatch(/^openat\(.*state\/quadgate\/.*O_CREAT/m);
    expect(writes.join("\n")).toMatch(/rename\w*\(.*web\.container/);
    expect(otherCommands(commands).join("\n")).toMatch(/systemctl .*daemon-reload/);
  });

  const folder = "~/.config/containers/systemd/container.d";
  const told = `mkdir ${folder} && printf '[Container]\\nEnvironment=A=1\\n' >${folder}/a.conf`;
  const reload = "systemctl --user daemon-reload";

  test.each([
    ["a host in sync", "true", 0, []],
    ["a host with drift", "systemctl --user stop web.service", 2, []],
    ["a host whose other files add to a unit", `${told} && ${reload}`, 2, []],
    ["a host that is compared with the branch's head", `rm -r ${folder} && ${reload}`, 2, ["--head"]],
  ] as const)("to %s", async (_, script, expected, flags) => {
    await home().sh(script);
    const before = await home().lab.snapshot();
    const { exitCode, writes, commands } = await trace(home().lab, ["quadgate", "drift", ...flags]);
    expect(exitCode).toBe(expected);
    expect(writes).toEqual([]);
    expect(otherCommands(commands)).toEqual([]);
    expect(commands.length).toBeGreaterThan(5);
    expect(await home().lab.snapshot()).toBe(before);
  });

  test("to a host whose state, units and repository it could not write to", async () => {
    const folders = [home().stateDir, home().unitDir, home().repo.url, "/home/homelab/.config/quadgate"];
    const root = { user: "root" } as const;
    for (const folder of folders) {
      await home().lab.sh(`mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder}`, root);
    }
    expect((await home().lab.sh(`touch ${home().stateDir}/x`, { reject: false })).stderr).toMatch(
      /Read-only/,
    );
    expect(await audit(home())).toEqual({ exitCode: 2, drift: ["web.container state"], warning: [] });
    expect(await audit(home(), "--head")).toEqual({
      exitCode: 2,
      drift: ["web.container state"],
      warning: [],
    });
    for (const folder of folders) await home().lab.sh(`umount ${folder}`, root);
  });

  test("to a host that was never synced", async () => {
    await home().sh(`rm -rf ${home().stateDir}`);
    const before = await home().lab.snapshot();
    const { exitCode, writes, commands } = await trace(home().lab, ["quadgate", "drift"]);
    expect(exitCode).toBe(2);
    expect({ writes, others: otherCommands(commands) }).toEqual({ writes: [], others: [] });
    expect(await home().lab.snapshot()).toBe(before);
  });
});
