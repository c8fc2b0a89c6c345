import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createConnections } from "../../../src/host/connections.ts";
import { probe } from "../../../src/host/probe.ts";
import type { ProbeRequest, Processes, RunResult } from "../../../src/model/host.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const serving = (listener: RequestListener) => portOf(createServer(listener));

async function ask(request: Partial<ProbeRequest> & Pick<ProbeRequest, "scheme" | "port">) {
  return probe({ address: "127.0.0.1", timeoutMs: 5_000, ...request });
}

describe("a probe of a connection", () => {
  it("knows whether a port takes connections", async () => {
    const port = await portOf(createTcpServer());
    expect(await ask({ scheme: "tcp", port })).toEqual({ kind: "answer", status: null });
    servers.splice(0)[0]?.close();
    expect(await ask({ scheme: "tcp", port })).toEqual({
      kind: "silence",
      code: "ECONNREFUSED",
      message: "connection refused",
    });
  });

  it("gives the status of an answer, follows no redirect, and asks for a name", async () => {
    const seen: unknown[] = [];
    const port = await serving(({ method, url, headers }, response) => {
      seen.push([method, url, headers.host]);
      response.writeHead(302, { Location: "/elsewhere" }).end();
    });
    const request = { scheme: "http", port, path: "/a?b=c", hostname: "web.example.org" } as const;
    expect(await ask(request)).toEqual({ kind: "answer", status: 302 });
    expect(seen).toEqual([["GET", "/a?b=c", "web.example.org"]]);
  });

  it("does not wait for the body of an answer, which may never end", async () => {
    const port = await serving((_request, response) => void response.writeHead(200).write("more to come"));
    expect(await ask({ scheme: "http", port })).toEqual({ kind: "answer", status: 200 });
  });

  it("gives up on a service that accepts the connection and says nothing", async () => {
    const port = await portOf(createTcpServer(() => undefined));
    expect(await ask({ scheme: "http", port, timeoutMs: 100 })).toMatchObject({
      kind: "silence",
      message: "no answer in time",
    });
  });

  it("reports a service that speaks no TLS, and one that hangs up", async () => {
    const plain = await serving((_request, response) => void response.end());
    expect(await ask({ scheme: "https", port: plain })).toMatchObject({ kind: "silence", code: "EPROTO" });
    const rude = await portOf(createTcpServer((socket) => void socket.destroy()));
    expect(await ask({ scheme: "http", port: rude })).toMatchObject({
      message: "the connection was closed without an answer",
    });
  });
});

describe("a probe from within a container's network", () => {
  const request: ProbeRequest = { scheme: "tcp", address: "10.89.0.3", port: 80, timeoutMs: 1_000 };
  const ran: RunResult = { exitCode: 0, stdout: "", stderr: "", timedOut: false };

  async function inside(rootless: boolean, result: Partial<RunResult>) {
    const calls: string[][] = [];
    const processes: Processes = {
      run: async (file, args) => {
        calls.push([file, ...args]);
        return { ...ran, ...result };
      },
    };
    const connections = createConnections(processes, rootless, ["/usr/bin/node", "/opt/q.js"]);
    return { answer: await connections.probe(request, 4711), calls };
  }

  it("is this program in the network namespace of the process, and for a user in podman's user namespace", async () => {
    const answer = { kind: "answer", status: null };
    const rootless = await inside(true, { stdout: JSON.stringify(answer) });
    expect(rootless.answer).toEqual(answer);
    const words = "nsenter --target 4711 --net -- /usr/bin/node /opt/q.js --probe".split(" ");
    expect(rootless.calls).toEqual([["podman", "unshare", ...words, JSON.stringify(request)]]);
    const rootful = await inside(false, { stdout: JSON.stringify(answer) });
    expect(rootful.calls).toEqual([[...words, JSON.stringify(request)]]);
  });

  it.each([
    [{ exitCode: 1, stderr: "x\nnsenter: Operation not permitted\n" }, "nsenter: Operation not permitted"],
    [{ exitCode: undefined, timedOut: true }, "it took too long"],
  ])("that cannot be made says why: %j", async (result, why) => {
    const { answer } = await inside(true, result);
    expect(answer).toEqual({
      kind: "impossible",
      message: `cannot enter the container's network: ${why}`,
    });
  });
});
