import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PodmanCall, parsePodman } from "../../../../src/quadlet/argv/podman-call.ts";

function parse(...words: readonly string[]): PodmanCall {
  const call = parsePodman(["/usr/bin/podman", ...words]);
  if (call === undefined) throw new Error("there is no subcommand");
  return call;
}

describe("a podman command", () => {
  test.each([
    [["--env", "A=1"]],
    [["--env=A=1"]],
    [["-e", "A=1"]],
    [["-eA=1"]],
    [["-e=A=1"]],
    [["-dite", "A=1"]],
    [["-diteA=1"]],
    [["--rm", "-d", "--replace", "--env", "A=1"]],
  ])("reads the flag of %j", (words) => {
    const call = parse("run", ...words, "image", "-e", "B=2");
    expect(call.flags.get("env")).toEqual(["A=1"]);
    expect(call.rest).toEqual(["image", "-e", "B=2"]);
  });

  test("knows flags without a value, negated ones and global ones", () => {
    const call = parse(
      "--log-level",
      "debug",
      "--remote",
      "run",
      "--init=false",
      "--read-only",
      "--tls-verify=0",
      "i",
    );
    expect([...call.global]).toEqual([
      ["log-level", ["debug"]],
      ["remote", ["true"]],
    ]);
    expect(Object.fromEntries(call.flags)).toEqual({
      init: ["false"],
      "read-only": ["true"],
      "tls-verify": ["false"],
    });
  });

  test("keeps repeats in order and splits lists at commas, but not variables", () => {
    const call = parse(
      "run",
      "--cap-add",
      "a,b",
      "--cap-add=c",
      "--env",
      "X=1,2",
      "--network",
      "n:ip=1,alias=a",
      "i",
    );
    expect(call.flags.get("cap-add")).toEqual(["a", "b", "c"]);
    expect(call.flags.get("env")).toEqual(["X=1,2"]);
    expect(call.flags.get("network")).toEqual(["n:ip=1,alias=a"]);
  });

  test("takes aliases and two-word subcommands", () => {
    expect(parse("container", "run", "--net", "n", "i")).toMatchObject({ subcommand: "run", rest: ["i"] });
    expect(parse("run", "--net", "n", "i").flags.get("network")).toEqual(["n"]);
    const network = parse("network", "create", "--ignore", "--internal", "--subnet", "10.0.0.0/8", "name");
    expect(network).toMatchObject({ subcommand: "network create", rest: ["name"] });
  });

  test("ends its flags at two dashes", () => {
    expect(parse("run", "--rm", "--", "image", "-x").rest).toEqual(["image", "-x"]);
  });

  test("means the same in whatever order different flags stand", () => {
    const flags = [
      ["--rm"],
      ["-d"],
      ["--name", "x"],
      ["--init=false"],
      ["-v", "/a:/b"],
      ["-p80:80"],
      ["--label", "a=b"],
    ];
    const meaning = (words: readonly (readonly string[])[]) => {
      const call = parse("run", ...words.flat(), "image", "-d");
      return [call.rest, [...call.flags].sort(([a], [b]) => a.localeCompare(b))];
    };
    const order = fc.shuffledSubarray(flags, { minLength: flags.length });
    fc.assert(
      fc.property(order, (shuffled) => {
        expect(meaning(shuffled)).toEqual(meaning(flags));
      }),
    );
  });
});
