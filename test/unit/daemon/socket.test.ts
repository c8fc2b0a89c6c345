import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { triggerDaemon, triggerSocketPath } from "../../../src/daemon/trigger-client.ts";
import { start } from "../../../src/daemon/triggers/socket.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { type TestContext, temporaryFolder, testContext } from "./support.ts";

async function listening(test: TestContext = testContext()) {
  const path = triggerSocketPath(test.context.facts);
  const running = await start(test.context);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= running.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { ...test, path, stop };
}

/** Sends raw text and returns everything that comes back until the other side ends. */
async function send(path: string, text: string): Promise<string> {
  const socket = connect(path);
  socket.setEncoding("utf8");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.write(text);
  await once(socket, "close");
  return answer;
}

async function failureOf(promise: Promise<unknown>): Promise<QuadgateError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof QuadgateError) return error;
  throw new Error(`expected a QuadgateError, got ${String(error)}`);
}

describe("the daemon's socket", () => {
  test("stands below the runtime folder, and for root below /run", () => {
    expect(triggerSocketPath({ runtimeDir: "/run/user/1000" })).toBe("/run/user/1000/quadgate/notify.sock");
    expect(triggerSocketPath({ runtimeDir: "/run" })).toBe("/run/quadgate/notify.sock");
  });

  test("passes on a client's trigger and confirms it", async () => {
    const { path, calls } = await listening();
    expect(await triggerDaemon(path, "push")).toBe("accepted");
    expect(calls).toEqual(["push"]);
  });

  test("uses one line of JSON in each direction", async () => {
    const { path, calls } = await listening();
    expect(await send(path, '{"trigger":"push"}\n')).toBe('{"accepted":true}\n');
    expect(calls).toEqual(["push"]);
  });

  test("is open to its owner alone, whatever the umask", async () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const { path } = await listening();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(process.umask()).toBe(0);
  });

  test.each([
    ["no JSON", "push\n"],
    ["no object", '"push"\n'],
    ["no trigger", "{}\n"],
    ["data beside the trigger", '{"trigger":"push","ref":"main"}\n'],
    ["a name that could forge a log line", '{"trigger":"push\\nlevel=error"}\n'],
    ["an endless line", "x".repeat(5_000)],
  ])("refuses %s and triggers nothing", async (_what, text) => {
    const { path, calls } = await listening();
    expect(JSON.parse(await send(path, text))).toMatchObject({ accepted: false });
    expect(calls).toEqual([]);
  });

  test("reads only the first line of a connection", async () => {
    const { path, calls } = await listening();
    await send(path, '{"trigger":"push"}\n{"trigger":"again"}\n');
    expect(calls).toEqual(["push"]);
  });

  test("survives clients that disconnect without a word", async () => {
    const { path, calls } = await listening();
    for (let round = 0; round < 5; round += 1)
      connect(path)
        .on("error", () => undefined)
        .destroy();
    expect(await triggerDaemon(path, "push")).toBe("accepted");
    expect(calls).toEqual(["push"]);
  });

  test("is removed by stop, which closes open connections", async () => {
    const { path, stop } = await listening();
    const talkative = connect(path).on("error", () => undefined);
    await once(talkative, "connect");
    const closed = once(talkative, "close");
    const talk = setInterval(() => talkative.write(" "), 100);
    onTestFinished(() => clearInterval(talk));
    await stop();
    await closed;
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(dirname(path), "daemon.pid"))).toBe(false);
  });

  test("refuses a second daemon and keeps serving the first", async () => {
    const first = await listening();
    const error = await failureOf(start(first.context));
    expect(error.reason).toBe("locked");
    expect(error.message).toContain(String(process.pid));
    expect(await triggerDaemon(first.path, "push")).toBe("accepted");
  });

  test("replaces a socket left by a killed daemon", async () => {
    const before = testContext();
    const path = triggerSocketPath(before.context.facts);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const killed = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(existsSync(path)).toBe(true);
    const { calls } = await listening(before);
    expect(await triggerDaemon(path, "push")).toBe("accepted");
    expect(calls).toEqual(["push"]);
  });

  test("does not replace a file in its place, and reports it", async () => {
    const { context } = testContext();
    const path = triggerSocketPath(context.facts);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, "precious");
    const error = await failureOf(start(context));
    expect(error.reason).toBe("state-unwritable");
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("refuses a folder that others may enter, with the command that fixes it", async () => {
    const { context } = testContext();
    const folder = dirname(triggerSocketPath(context.facts));
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    expect(await failureOf(start(context))).toMatchObject({
      reason: "bad-settings",
      hint: `chmod 700 ${folder}`,
    });
  });

  test("refuses a symbolic link in place of its folder", async () => {
    const { context, folder } = testContext();
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    mkdirSync(context.facts.runtimeDir);
    symlinkSync(elsewhere, dirname(triggerSocketPath(context.facts)));
    expect((await failureOf(start(context))).reason).toBe("bad-settings");
  });
});

describe("the client of the daemon's socket", () => {
  test("says that the daemon is not running if there is no socket", async () => {
    expect(await triggerDaemon(join(temporaryFolder(), "notify.sock"), "push")).toBe("not-running");
  });

  test("says that the daemon is not running if nothing listens on the socket", async () => {
    const path = join(temporaryFolder(), "notify.sock");
    writeFileSync(path, "");
    expect(await triggerDaemon(path, "push")).toBe("not-running");
  });

  test("says that the daemon is not running if it ends before it answers", async () => {
    const path = join(temporaryFolder(), "notify.sock");
    const server = createServer((socket) => socket.destroy()).listen(path);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    expect(await triggerDaemon(path, "push")).toBe("not-running");
  });

  test("repeats the daemon's reason for a refusal as an error", async () => {
    const { path } = await listening();
    const error = await failureOf(triggerDaemon(path, "Push it"));
    expect(error.reason).toBe("command-failed");
    expect(error.message).toContain('{"trigger":"push"}');
  });

  test("reports an answer that it cannot read as an error", async () => {
    const path = join(temporaryFolder(), "notify.sock");
    const server = createServer((socket) => socket.end("hello\n")).listen(path);
    onTestFinished(() => void server.close());
    await once(server, "listening");
    expect((await failureOf(triggerDaemon(path, "push"))).reason).toBe("command-failed");
  });
});
