import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { ProbeAnswer, ProbeRequest } from "../model/host.ts";

/** Asks once, from the network namespace of this process. Never rejects. */
export async function probe(request: ProbeRequest): Promise<ProbeAnswer> {
  try {
    const status = request.scheme === "tcp" ? await knock(request) : await get(request);
    return { kind: "answer", status };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return { kind: "silence", code, message: WORDS[code] ?? message };
  }
}

const TIMED_OUT = "ETIMEDOUT";

/** What node's error codes mean to people. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed without an answer",
  EHOSTUNREACH: "no route to the address",
  ENETUNREACH: "no route to the address",
  EPROTO: "it does not speak TLS",
  [TIMED_OUT]: "no answer in time",
};

function timedOut(): Error {
  return Object.assign(new Error("no answer in time"), { code: TIMED_OUT });
}

function knock({ address, port, timeoutMs }: ProbeRequest): Promise<null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    socket.once("connect", () => {
      socket.destroy();
      resolve(null);
    });
    socket.once("timeout", () => socket.destroy(timedOut()));
    socket.once("error", reject);
  });
}

/** The status of the answer. Does not follow redirects and accepts every certificate. */
async function get({
  scheme,
  address,
  port,
  path,
  hostname,
  timeoutMs,
}: ProbeRequest): Promise<number | null> {
  const { get: send } = scheme === "https" ? await import("node:https") : await import("node:http");
  const host = hostname ?? address;
  const options = {
    host: address,
    port,
    path: path ?? "/",
    headers: { Host: host, "User-Agent": "quadgate", Connection: "close" },
    agent: false,
    rejectUnauthorized: false,
    ...(hostname === undefined ? {} : { servername: hostname }),
  };
  return new Promise((resolve, reject) => {
    const request = send(options, (response: IncomingMessage) => {
      response.destroy();
      clearTimeout(timer);
      resolve(response.statusCode ?? null);
    });
    // A limit for the whole exchange, because a service may accept a connection and never answer.
    const timer = setTimeout(() => request.destroy(timedOut()), timeoutMs);
    request.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
