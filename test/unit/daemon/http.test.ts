import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { listenFailure, parseListen } from "../../../src/daemon/http/listen.ts";
import { start } from "../../../src/daemon/http/server.ts";
import { QuadgateError } from "../../../src/model/errors.ts";
import { type TestContext, testContext } from "./support.ts";

const SECRET = "correct horse battery staple";
const MIB = 1024 * 1024;

function sign(body: string | Uint8Array, secret = SECRET): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** A context whose secret file holds this text with this mode; the server takes a free port. */
function withSecret(text = `${SECRET}\n`, mode = 0o600, listen = "127.0.0.1:0"): TestContext {
  const test = testContext({ daemon: { listen, webhookSecretFile: "~/secret" } });
  const path = join(test.folder, "secret");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return test;
}

async function serving(test = withSecret()) {
  let port = 0;
  const running = await start({
    ...test.context,
    onListen: (address) => {
      port = address.port;
    },
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= running.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { ...test, port, url: `http://127.0.0.1:${port}`, stop };
}

async function failureOf(test: TestContext): Promise<QuadgateError> {
  const error: unknown = await start(test.context).then(
    (running) => running.stop(),
    (thrown: unknown) => thrown,
  );
  if (error instanceof QuadgateError) return error;
  throw new Error(`expected a QuadgateError, got ${String(error)}`);
}

describe("POST /hooks/generic", () => {
  test.each(["X-Quadgate-Signature", "X-Hub-Signature-256"])("accepts a body signed in %s", async (name) => {
    const { url, calls } = await serving();
    const body = '{"ref":"refs/heads/main"}';
    const answer = await fetch(`${url}/hooks/generic`, {
      method: "POST",
      body,
      headers: { [name]: sign(body) },
    });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ accepted: true });
    expect(calls).toEqual(["webhook"]);
  });

  test("checks the signature of the raw bytes, whether or not they are text", async () => {
    const { url, calls } = await serving();
    const body = new Uint8Array([0, 255, 254, 13, 10, 200]);
    const headers = { "X-Quadgate-Signature": sign(body) };
    expect((await fetch(`${url}/hooks/generic`, { method: "POST", body, headers })).status).toBe(202);
    expect(calls).toEqual(["webhook"]);
  });

  test("accepts a signed empty body, and a signature in capital letters", async () => {
    const { url } = await serving();
    const headers = { "X-Quadgate-Signature": sign("").replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()) };
    expect((await fetch(`${url}/hooks/generic`, { method: "POST", headers })).status).toBe(202);
  });

  test.each([
    ["no signature", {}],
    ["another secret", { "X-Quadgate-Signature": sign("body", "another secret entirely") }],
    ["another body", { "X-Quadgate-Signature": sign("other") }],
    ["a signature cut short", { "X-Quadgate-Signature": sign("body").slice(0, -2) }],
    ["a signature with more behind it", { "X-Quadgate-Signature": `${sign("body")}00` }],
    ["no algorithm", { "X-Quadgate-Signature": sign("body").slice("sha256=".length) }],
    ["SHA-1", { "X-Hub-Signature": `sha1=${createHmac("sha1", SECRET).update("body").digest("hex")}` }],
    ["an empty signature", { "X-Quadgate-Signature": "" }],
    ["the secret itself", { "X-Quadgate-Signature": SECRET }],
  ])("answers %s with 401 and triggers nothing", async (_what, headers) => {
    const { url, calls } = await serving();
    const answer = await fetch(`${url}/hooks/generic`, { method: "POST", body: "body", headers });
    expect(answer.status).toBe(401);
    expect(calls).toEqual([]);
  });

  test("accepts a body of 1 MiB and answers one byte more with 413", async () => {
    const { url, calls } = await serving();
    const post = (body: string) =>
      fetch(`${url}/hooks/generic`, {
        method: "POST",
        body,
        headers: { "X-Quadgate-Signature": sign(body) },
      });
    expect((await post("x".repeat(MIB))).status).toBe(202);
    expect((await post("x".repeat(MIB + 1))).status).toBe(413);
    expect(calls).toEqual(["webhook"]);
  });

  test("measures a body that does not declare its length as it arrives", async () => {
    const { port, calls } = await serving();
    const body = "x".repeat(2 * MIB);
    const sent = request({
      port,
      method: "POST",
      path: "/hooks/generic",
      headers: { "Transfer-Encoding": "chunked", "X-Quadgate-Signature": sign(body) },
    });
    sent.on("error", () => undefined);
    const status = new Promise((resolve) => sent.on("response", (answer) => resolve(answer.statusCode)));
    for (let at = 0; at < body.length; at += 65_536) sent.write(body.slice(at, at + 65_536));
    sent.end();
    expect(await status).toBe(413);
    expect(calls).toEqual([]);
  });

  test("logs neither bodies nor headers", async () => {
    const { url, lines } = await serving();
    const headers = { "X-Quadgate-Signature": "sha256=feed", Authorization: "Bearer leaked" };
    await fetch(`${url}/hooks/generic`, { method: "POST", body: "leaked", headers });
    expect(JSON.stringify(lines)).not.toMatch(/leaked|feed|correct horse/);
  });

  test("logs a flood of forged deliveries in one line", async () => {
    const { url, lines } = await serving();
    for (let round = 0; round < 20; round += 1) await fetch(`${url}/hooks/generic`, { method: "POST" });
    expect(lines.filter((line) => line.level === "warn")).toHaveLength(1);
  });
});

describe("the HTTP server", () => {
  test("says at GET /healthz that the daemon is alive", async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/healthz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: "ok" });
  });

  test.each([
    ["GET", "/"],
    ["GET", "/hooks/generic"],
    ["POST", "/hooks/gitmill"],
    ["POST", "/hooks/__proto__"],
    ["POST", "/healthz"],
  ])("answers %s %s with 404 in JSON", async (method, path) => {
    const { url, calls } = await serving();
    const answer = await fetch(url + path, { method });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toHaveProperty("error");
    expect(calls).toEqual([]);
  });

  test("cuts off a client that never finishes its headers", async () => {
    const { port } = await serving();
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /hooks/generic HTTP/1.1\r\nHost: x\r\n");
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    await once(socket, "close");
    expect(answer).toContain("408");
  });

  test("frees the port when it stops although a client keeps its connection", async () => {
    const { port, stop } = await serving();
    const idle = connect(port, "127.0.0.1");
    idle.on("error", () => undefined);
    await once(idle, "connect");
    await stop();
    const [error] = await once(connect(port, "127.0.0.1"), "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the start of the HTTP server", () => {
  test("is skipped without a secret, and says so", async () => {
    const test = testContext({ daemon: { listen: "127.0.0.1:0" } });
    const listened: unknown[] = [];
    await (await start({ ...test.context, onListen: (address) => listened.push(address) })).stop();
    expect(listened).toEqual([]);
    expect(test.lines[0]?.message).toContain("daemon.webhookSecretFile");
  });

  test.each([0o644, 0o640, 0o604, 0o620])(
    "refuses a secret file of mode %o, and names the chmod that fixes it",
    async (mode) => {
      const test = withSecret(SECRET, mode);
      expect(await failureOf(test)).toMatchObject({
        reason: "bad-settings",
        hint: `chmod 600 ${join(test.folder, "secret")}`,
      });
    },
  );

  test.each([0o600, 0o400])("accepts a secret file of mode %o", async (mode) => {
    const { port } = await serving(withSecret(SECRET, mode));
    expect(port).toBeGreaterThan(0);
  });

  test.each([
    ["empty", ""],
    ["only white space", " ".repeat(40)],
    ["of 15 characters", "x".repeat(15)],
  ])("refuses a secret that is %s, and does not repeat it", async (_what, text) => {
    const error = await failureOf(withSecret(text));
    expect(error.reason).toBe("bad-settings");
    expect(error.message).not.toContain("xxx");
  });

  test("refuses a secret file that is missing or a symbolic link", async () => {
    const missing = testContext({
      daemon: { listen: "127.0.0.1:0", webhookSecretFile: "/nonexistent/secret" },
    });
    expect((await failureOf(missing)).message).toContain("no such file");
    const linked = withSecret();
    symlinkSync(join(linked.folder, "secret"), join(linked.folder, "link"));
    const settings = {
      daemon: { ...linked.context.settings.daemon, webhookSecretFile: join(linked.folder, "link") },
    };
    const error = await failureOf({
      ...linked,
      context: { ...linked.context, settings: { ...linked.context.settings, ...settings } },
    });
    expect(error.message).toContain("symlink");
  });

  test("names a port in use, and the command that shows which process has it", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const error = await failureOf(withSecret(SECRET, 0o600, `127.0.0.1:${port}`));
    expect(error.reason).toBe("bad-settings");
    expect(error.message).toContain(`127.0.0.1:${port}: the port is in use`);
    expect(error.hint).toContain(`sport = :${port}`);
  });

  test("names an address that the machine does not have", async () => {
    const error = await failureOf(withSecret(SECRET, 0o600, "192.0.2.1:9797"));
    expect(error.message).toContain("does not have this address");
  });

  test.each([
    ["127.0.0.1:9797", "127.0.0.1", 9797],
    ["localhost:0", "localhost", 0],
    ["[::1]:9797", "::1", 9797],
    ["0.0.0.0:65535", "0.0.0.0", 65535],
  ])("reads the address %s", (listen, host, port) => {
    expect(parseListen(listen)).toEqual({ host, port });
  });

  test.each([
    "9797",
    ":9797",
    "localhost",
    "localhost:",
    "::1:9797",
    "127.0.0.1:65536",
    "http://127.0.0.1:9797",
  ])("refuses the address %s", (listen) => {
    expect(() => parseListen(listen)).toThrow("daemon.listen");
  });

  test("explains a refused port below 1024", () => {
    const cause = Object.assign(new Error("listen EACCES"), { code: "EACCES" });
    expect(listenFailure("127.0.0.1:80", cause).hint).toContain("1023");
  });
});
