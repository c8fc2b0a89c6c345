import { describe, expect, test } from "vitest";
import { lastOf, type PodmanCall } from "../../../../src/quadlet/argv/podman-call.ts";
import { resolveUnknown } from "../../../../src/quadlet/argv/resolve-unknown.ts";
import { serviceCommand } from "../../../../src/quadlet/argv/service-command.ts";
import { parseUnitText } from "../../../../src/quadlet/argv/unit-text.ts";

const FACTS = { home: "/home/me", uid: 1000, user: "me", rootless: true, runtimeDir: "/run/user/1000" };

function call(text: string, service = "web.service"): PodmanCall {
  const found = serviceCommand(parseUnitText(text), service, FACTS);
  if (found === undefined) throw new Error("there is no command");
  return found;
}

function env(line: string, settings = "", service?: string): readonly string[] {
  const text = `[Service]\n${settings}\nExecStart=/usr/bin/podman run --name x ${line} image`;
  return call(text, service).flags.get("env") ?? [];
}

describe("a generated service's command", () => {
  test("has those specifiers expanded that follow from the name and the user", () => {
    expect(env("--env %h:%u:%U:%t:%n:%N:%p:%i:%j:%%", "", "a-b@c\\x2dd.service")).toEqual([
      "/home/me:me:1000:/run/user/1000:a-b@c\\x2dd.service:a-b@c\\x2dd:a-b:c\\x2dd:b:%",
    ]);
    expect(env("--env %I", "", "a@c-d\\x2de.service")).toEqual(["c/d-e"]);
  });

  test("has variables expanded as systemd does", () => {
    const settings = "Environment=A=one 'B=two words' EMPTY=";
    expect(env(`--env \${A}+\${B} --env x$A --env $$A --env $$\{A}`, settings)).toEqual([
      "one+two words",
      "x$A",
      "$A",
      "$" + "{A}",
    ]);
    expect(call(`[Service]\n${settings}\nExecStart=podman run i $A $B $EMPTY "\${EMPTY}"`).rest).toEqual([
      "i",
      "one",
      "two",
      "words",
      "",
    ]);
  });

  test("keeps variables as they are if a colon prefix says so", () => {
    expect(call("[Service]\nExecStart=:/usr/bin/podman run i $A").rest).toEqual(["i", "$A"]);
  });

  test("is the first ExecStartPre of a pod, and the last ExecStart of everything else", () => {
    const pod = "[X-Pod]\n[Service]\nExecStartPre=podman pod create --name p\nExecStart=podman pod start p";
    expect(call(pod).subcommand).toBe("pod create");
    const twice = "[Service]\nType=oneshot\nExecStart=/bin/true\nExecStart=podman run i";
    expect(call(twice)).toMatchObject({ subcommand: "run", rest: ["i"] });
  });

  test("continues after a backslash at the end of a line, across comments", () => {
    const text = "[Service]\nExecStart=podman run \\\n# a comment\n  --env A=1 \\\n  i x\nNice=5";
    expect(call(text)).toMatchObject({ rest: ["i", "x"] });
  });
});

describe("an unknown part of a command", () => {
  const made = call("[Service]\nExecStart=podman run --name x --hostname abc --env A=1 --env M=77 i run abc");

  test("is taken from the command that made the container, if that fits", () => {
    const desired = call(
      "[Service]\nExecStart=podman run --name x --hostname %m --env M=%b --env A=1 i run %m",
    );
    const resolved = resolveUnknown(desired, made);
    expect(lastOf(resolved.flags, "hostname")).toBe("abc");
    expect([...(resolved.flags.get("env") ?? [])].sort()).toEqual(["A=1", "M=77"]);
    expect(resolved.rest).toEqual(["i", "run", "abc"]);
  });

  test("shows as a question mark if nothing fits", () => {
    const desired = call("[Service]\nExecStart=podman run --hostname host-%m i");
    expect(lastOf(resolveUnknown(desired, made).flags, "hostname")).toBe("host-?");
  });

  test("is left out if no container was made", () => {
    const desired = call("[Service]\nExecStart=podman run --hostname %m --env A=1 i");
    expect([...resolveUnknown(desired, undefined).flags.keys()]).toEqual(["env"]);
  });

  test("may be any variable once an environment file is read", () => {
    const settings = "EnvironmentFile=/etc/x\nEnvironment=A=1";
    const text = `[Service]\n${settings}\nExecStart=podman run --env A=\${A} i`;
    expect(resolveUnknown(call(text), made).flags.get("env")).toEqual(["A=1"]);
  });

  test("may be any number of flags", () => {
    expect(call("[Service]\nExecStart=podman run --name x $EXTRA i").open).toBe(true);
    expect(call("[Service]\nExecStart=podman run --name x --env $EXTRA i").open).toBe(false);
  });
});
