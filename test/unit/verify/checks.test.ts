import { beforeEach, describe, expect, it } from "vitest";
import type { CheckResult, CommonIssue, InstanceCheck } from "../../../src/model/check.ts";
import type { ProbeAnswer, ProbeRequest, RunResult } from "../../../src/model/host.ts";
import type { Json } from "../../../src/model/live.ts";
import { fittingIssues } from "../../../src/verify/checks/issues.ts";
import type { CheckHost } from "../../../src/verify/checks/looked.ts";
import { runChecks } from "../../../src/verify/checks/run-checks.ts";
import { VirtualClock } from "../../support/fake-host/clock.ts";
import { FACTS } from "../../support/health-host.ts";

const REFUSED: ProbeAnswer = { kind: "silence", code: "ECONNREFUSED", message: "connection refused" };
const answers = (status: number | null): ProbeAnswer => ({ kind: "answer", status });
const ran = (exitCode: number, stdout = "", stderr = ""): RunResult => ({
  exitCode,
  stdout,
  stderr,
  timedOut: false,
});

function container(
  name: string,
  more: { image?: string; running?: boolean; mode?: string; more?: Json } = {},
) {
  const { image = "docker.io/library/redis:7", running = true, mode = "bridge" } = more;
  return {
    Name: name,
    ImageName: image,
    State: { Running: running, Pid: 4711, StartedAt: "2026-01-01T00:00:00Z" },
    Config: { Labels: { PODMAN_SYSTEMD_UNIT: `${name}.service` }, Cmd: [], Env: [] },
    HostConfig: { NetworkMode: mode, LogConfig: { Type: "journald" } },
    NetworkSettings: {
      Networks: { "systemd-web": { IPAddress: "10.89.0.3" } },
      Ports: {},
    },
    ...(typeof more.more === "object" ? more.more : {}),
  };
}

/** A host on which one container runs, and whatever a test says besides. */
class Stage {
  readonly clock = new VirtualClock(0);
  readonly probes: { readonly request: ProbeRequest; readonly pid: number | undefined }[] = [];
  readonly commands: string[] = [];
  containers: Json[] = [container("web")];
  probe: (request: ProbeRequest, pid: number | undefined) => ProbeAnswer = () => REFUSED;
  exec: () => RunResult = () => ran(0);
  log: () => RunResult = () => ran(0);
  listeners: { name: string; address: string }[] = [];

  get host(): CheckHost {
    return {
      facts: FACTS,
      clock: this.clock,
      podman: {
        containers: async () => this.containers,
        exec: async (name: string, command: readonly string[]) => {
          this.commands.push(`${name}: ${command.join(" ")}`);
          return this.exec();
        },
        log: async () => this.log(),
      } as unknown as CheckHost["podman"],
      systemd: { listeners: async () => this.listeners } as unknown as CheckHost["systemd"],
      connections: {
        probe: async (request, pid) => {
          this.probes.push({ request, pid });
          return this.probe(request, pid);
        },
      },
    };
  }
}

const base = { description: "It works.", unit: "web.container" };
const TCP: InstanceCheck = { ...base, check: "tcp", port: 6379 };
const HTTP: InstanceCheck = { ...base, check: "http", port: 80, path: "/up", status: [200, 204] };
const COMMAND: InstanceCheck = { ...base, check: "command", command: ["sh", "-c", "ping"], expect: "PONG" };
const LOG: InstanceCheck = { ...base, check: "no-log", match: "OOM|out of memory" };
const ROUTE: InstanceCheck = {
  ...base,
  check: "route",
  hostname: "web.example.org",
  path: "/",
  status: [302],
};

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

async function run(check: InstanceCheck, commonIssues: readonly CommonIssue[] = [], graceMs = 0) {
  const target = { instance: "web", check, service: "web.service", commonIssues };
  const [result] = await runChecks(stage.host, [target], { graceMs, emit: () => undefined });
  return result as CheckResult;
}

describe("a check of a port", () => {
  it("connects within the container's network, at the address that others reach it by", async () => {
    stage.probe = () => answers(null);
    expect(await run(TCP)).toMatchObject({
      status: "passed",
      message: "10.89.0.3:6379 accepts connections",
      issues: [],
    });
    expect(stage.probes).toMatchObject([
      { pid: 4711, request: { scheme: "tcp", address: "10.89.0.3", port: 6379 } },
    ]);
  });

  it("connects within the machine's network if the container uses that", async () => {
    stage.containers = [container("web", { mode: "host" })];
    await run(TCP);
    expect(stage.probes).toMatchObject([{ pid: undefined, request: { address: "127.0.0.1" } }]);
  });

  it("fails if nothing listens", async () => {
    expect(await run(TCP)).toMatchObject({
      status: "failed",
      message: "10.89.0.3:6379: connection refused",
      look: "podman logs web",
    });
  });

  it("is not checked if the network cannot be entered", async () => {
    stage.probe = () => ({ kind: "impossible", message: "Operation not permitted" });
    expect(await run(TCP)).toMatchObject({ status: "not-checked", message: "Operation not permitted" });
  });

  it("fails while no container runs, and says where to look", async () => {
    stage.containers = [container("web", { running: false }), container("other")];
    expect(await run(TCP)).toMatchObject({
      status: "failed",
      message: "no container of web.service is running",
      look: "systemctl --user status web.service",
    });
  });
});

describe("a check of an HTTP answer", () => {
  it("accepts the statuses that it names, and no other", async () => {
    stage.probe = () => answers(204);
    expect(await run(HTTP)).toMatchObject({
      status: "passed",
      message: "http://10.89.0.3:80/up answers 204",
    });
    stage.probe = () => answers(503);
    expect(await run(HTTP)).toMatchObject({
      status: "failed",
      message: "http://10.89.0.3:80/up answers 503, not 200 or 204",
    });
  });
});

describe("a check that runs a command", () => {
  it("runs it in the container and expects success and the given output", async () => {
    stage.exec = () => ran(0, "PONG\n");
    expect(await run(COMMAND)).toMatchObject({ status: "passed" });
    expect(stage.commands).toEqual(["web: sh -c ping"]);
    stage.exec = () => ran(0, "NOAUTH\n");
    expect(await run(COMMAND)).toMatchObject({
      status: "failed",
      message: "the output of the command in web does not match /PONG/",
      said: "NOAUTH",
    });
    stage.exec = () => ran(127, "", "sh: ping: not found\n");
    expect(await run(COMMAND)).toMatchObject({
      status: "failed",
      message: "the command in web ended with status 127",
      said: "sh: ping: not found",
    });
    stage.exec = () => ran(1, "", "refused: PASSWORD=hunter2\n");
    expect(await run(COMMAND)).toMatchObject({ status: "failed", said: "refused: PASSWORD=(hidden)" });
  });

  it("is not checked if the image has no such program", async () => {
    const stderr =
      "Error: crun: executable file `sh` not found in $PATH: OCI runtime attempted to invoke a command that was not found\n";
    stage.exec = () => ran(127, "", stderr);
    expect(await run(COMMAND)).toMatchObject({ status: "not-checked", message: "the image has no sh" });
  });

  it("is not checked if its output cannot be matched in time", async () => {
    stage.exec = () => ran(0, `${"a".repeat(60)}!`);
    expect(await run({ ...COMMAND, expect: "^(a+)+$" } as typeof COMMAND)).toMatchObject({
      status: "not-checked",
      message: "the output of the command cannot be matched against /^(a+)+$/ in time",
    });
  });

  it("fails if the command does not end", async () => {
    stage.exec = () => ({ ...ran(0), exitCode: undefined, timedOut: true });
    expect(await run(COMMAND)).toMatchObject({ status: "failed", message: expect.stringContaining("15 s") });
  });
});

describe("a check of the log", () => {
  it("fails on a line that matches, in either stream, and is not repeated", async () => {
    stage.log = () => ran(0, "starting\n", "12:00 OOM killer\n13:00 OOM killer\n");
    expect(await run(LOG, [], 10_000)).toMatchObject({
      status: "failed",
      message: "2 lines in the log of web since its start",
      said: "12:00 OOM killer",
    });
    expect(stage.clock.ms).toBe(0);
    stage.log = () => ran(0, "all is well\n");
    expect(await run(LOG)).toMatchObject({ status: "passed" });
  });

  it("is not checked if podman keeps none, or cannot read it", async () => {
    stage.log = () => ran(125, "", "Error: no such file\n");
    expect(await run(LOG)).toMatchObject({
      status: "not-checked",
      message: "the log of web cannot be read: Error: no such file",
    });
    stage.containers = [container("web", { more: { HostConfig: { LogConfig: { Type: "none" } } } })];
    expect(await run(LOG)).toMatchObject({
      status: "not-checked",
      message: "podman keeps no log of web (log driver none)",
    });
  });
});

describe("a check of the route", () => {
  const traefik = (more: Json = {}) => container("proxy", { image: "docker.io/library/traefik:v3.6", more });
  const wherever = () =>
    stage.probes.map(({ request, pid }) => `${request.address}:${request.port} ${pid ?? ""}`.trim());

  it("is not checked without a route, and without Traefik", async () => {
    expect(await run({ ...ROUTE, hostname: null })).toMatchObject({ message: "the instance has no route" });
    expect(await run(ROUTE)).toMatchObject({
      status: "not-checked",
      message: "no Traefik container is running here",
    });
  });

  it("asks Traefik for the name at its sockets, its published port, or its network", async () => {
    const ports = { "443/tcp": [{ HostIp: "", HostPort: "8443" }] };
    const Networks = { front: { IPAddress: "10.89.0.9" } };
    stage.containers.push(traefik({ NetworkSettings: { Networks, Ports: ports } }));
    stage.listeners = [
      { name: "web", address: "[::]:80" },
      { name: "websecure", address: "192.168.1.70:443" },
    ];
    expect(await run(ROUTE)).toMatchObject({
      status: "not-checked",
      message: expect.stringMatching(
        /^Traefik \(proxy\) does not answer \(192.168.1.70:443: connection refused;/,
      ),
    });
    expect(wherever()).toEqual(["192.168.1.70:443", "127.0.0.1:8443", "10.89.0.9:443 4711"]);
    expect(stage.probes[0]?.request).toMatchObject({
      scheme: "https",
      hostname: "web.example.org",
      path: "/",
    });
  });

  it.each([
    [{ Cmd: ["--entryPoints.websecure.address=:9443"] }, 9443],
    [{ Env: ["TRAEFIK_ENTRYPOINTS_WEBSECURE_ADDRESS=0.0.0.0:9443/tcp"] }, 9443],
    [{ Cmd: ["--entryPoints.web.address=:80"] }, 443],
  ])("reads the port of the entry point from %j", async (config, port) => {
    stage.containers.push(traefik({ Config: config }));
    await run(ROUTE);
    expect(stage.probes.at(-1)?.request.port).toBe(port);
  });

  it("uses the first answer, even one without TLS", async () => {
    stage.containers.push(traefik());
    stage.probe = ({ scheme }) =>
      scheme === "http" ? answers(404) : { kind: "silence", code: "EPROTO", message: "no TLS" };
    expect(await run(ROUTE)).toMatchObject({
      status: "failed",
      message: "https://web.example.org/ answers 404, not 302",
      look: "podman logs proxy",
    });
  });
});

describe("a failing check", () => {
  it("is repeated until it passes", async () => {
    stage.probe = () => (stage.clock.ms > 1_000 ? answers(200) : REFUSED);
    const result = await run(HTTP, [], 10_000);
    expect(result.status).toBe("passed");
    expect(result.durationMs).toBeGreaterThan(1_000);
    expect(result.durationMs).toBeLessThan(4_000);
  });

  it("is repeated no longer than the grace period", async () => {
    const { status, durationMs } = await run(HTTP, [], 5_000);
    expect(status).toBe("failed");
    expect(durationMs).toBeGreaterThanOrEqual(5_000);
    expect(durationMs).toBeLessThan(8_000);
  });

  it("does not delay the others", async () => {
    stage.probe = ({ scheme }) => (scheme === "tcp" ? answers(null) : REFUSED);
    const targets = [HTTP, TCP].map((check) => ({
      instance: "web",
      check,
      service: "web.service",
      commonIssues: [],
    }));
    const results = await runChecks(stage.host, targets, { graceMs: 5_000, emit: () => undefined });
    expect(results.map(({ status }) => status)).toEqual(["failed", "passed"]);
    expect(results[1]?.durationMs).toBe(0);
  });

  it.each([
    ["502 Bad Gateway", HTTP],
    ['The log says "Connection refused".', TCP],
    ["`...: connection refused` in the log", TCP],
    ["It ends with out of memory", LOG],
  ])("is reported as the common issue %j", async (symptom, check) => {
    stage.probe = ({ scheme }) => (scheme === "http" ? answers(502) : REFUSED);
    stage.log = () => ran(0, "OOM\n");
    const other = { symptom: 'It is slow, or "no" answer comes', cause: "", fix: "" };
    const known = { symptom, cause: "It is so.", fix: "Mend it." };
    expect((await run(check, [other, known])).issues).toEqual([known]);
  });

  it("looks like an issue by the status that was answered, not by a number in its message", () => {
    const issue = { symptom: "502 Bad Gateway", cause: "", fix: "" };
    const fitting = (found: { message: string; answered?: number }) => fittingIssues(HTTP, found, [issue]);
    expect(fitting({ message: "in other words", answered: 502 })).toEqual([issue]);
    expect(fitting({ message: "http://10.89.0.3/answers 502, not/ is silent" })).toEqual([]);
  });
});

describe("a check whose pattern has a fault", () => {
  it("is not run, and says so", async () => {
    expect(await run({ ...base, check: "tcp", problem: '"x" is not a port' })).toMatchObject({
      status: "not-checked",
      message: 'the pattern\'s check is faulty: "x" is not a port',
    });
  });
});
