import { describe, expect, it } from "vitest";
import { createPodman } from "../../../src/host/podman.ts";
import type { Processes, RunResult } from "../../../src/model/host.ts";

/** A podman with containers that answers as podman 5.4 does; ids begin with their names in this small world. */
function podman(ids: readonly string[]) {
  const calls: string[] = [];
  const answer = (changes: Partial<RunResult>): RunResult => ({
    exitCode: 0,
    stdout: "",
    stderr: "",
    timedOut: false,
    ...changes,
  });
  const processes: Processes = {
    run: async (_file, args) => {
      calls.push(args.join(" "));
      if (args[0] === "ps") return answer({ stdout: ids.map((id) => `${id}\n`).join("") });
      const matches = args.slice(3).map((name) => ids.filter((id) => id.startsWith(name)));
      const several = matches.findIndex((found) => found.length > 1);
      if (several >= 0) {
        const stderr = `Error: more than one result for container "${args[several + 3]}": container already exists\n`;
        return answer({ exitCode: 125, stderr });
      }
      const missing = matches.findIndex((found) => found.length === 0);
      const stdout = JSON.stringify(matches.flat().map((Id) => ({ Id })));
      if (missing < 0) return answer({ stdout });
      return answer({ exitCode: 125, stdout, stderr: `Error: no such container ${args[missing + 3]}\n` });
    },
  };
  const host = createPodman(processes, { runtimeDir: "/run" });
  return {
    calls,
    secrets: async (names: readonly string[]) =>
      (await host.inspect("secret", names)).map((one) => (one as { Id: string }).Id).sort(),
    ids: async (expected?: readonly string[]) =>
      (await host.containers(expected)).map((one) => (one as { Id: string }).Id).sort(),
  };
}

describe("a look at all containers", () => {
  it("lists them and inspects them if none was expected, and inspects nothing if there are none", async () => {
    const some = podman(["a1", "b1"]);
    expect(await some.ids()).toEqual(["a1", "b1"]);
    expect(some.calls).toEqual(["ps --all --quiet --no-trunc", "container inspect -- a1 b1"]);
    const none = podman([]);
    expect(await none.ids()).toEqual([]);
    expect(none.calls).toEqual(["ps --all --quiet --no-trunc"]);
  });

  it("needs one call beside the list for expected containers, and another only for the others", async () => {
    const some = podman(["a1", "b1"]);
    expect(await some.ids(["a1", "b1"])).toEqual(["a1", "b1"]);
    expect(some.calls).toHaveLength(2);
    const more = podman(["a1", "b1", "c1"]);
    expect(await more.ids(["a1", "gone"])).toEqual(["a1", "b1", "c1"]);
    expect(more.calls[2]).toBe("container inspect -- b1 c1");
  });

  it("finds each of them once, whatever a name may be taken for", async () => {
    expect(await podman(["a1", "a2"]).ids(["a"])).toEqual(["a1", "a2"]);
    expect(await podman(["a1", "b1"]).ids(["a1", "a"])).toEqual(["a1", "b1"]);
  });
});

describe("a look at podman's secrets", () => {
  it("finds them beside an unknown name with which several ids begin", async () => {
    const some = podman(["a1", "a2", "b1"]);
    expect(await some.secrets(["b1", "a", "c"])).toEqual(["b1"]);
    expect(await some.secrets(["a", "b1"])).toEqual(["b1"]);
  });
});

it("podman is asked for its version each time, because it may fail once and may be upgraded", async () => {
  const answers = [
    { exitCode: 125, stdout: "" },
    { exitCode: 0, stdout: "5.4.2\n" },
    { exitCode: 0, stdout: "5.8.0\n" },
  ];
  const run = async () => ({ exitCode: 1, stdout: "", ...answers.shift(), stderr: "", timedOut: false });
  const { version } = createPodman({ run }, { runtimeDir: "/run" });
  await expect(version()).rejects.toThrow("podman version");
  expect([await version(), await version()]).toEqual(["5.4.2", "5.8.0"]);
});
