import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { QuadgateError } from "../../model/errors.ts";
import { type TriggerAnswer, triggerRequestSchema, triggerSocketPath } from "../trigger-client.ts";
import type { RunningTrigger, TriggerContext } from "./trigger.ts";

const MAX_REQUEST_BYTES = 1024;
const IDLE_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 32;

/**
 * Triggers when a local program asks for it, through a unix socket that only this user may open. Replaces the
 * socket of a daemon that was killed. Throws `locked` if a daemon answers on the socket.
 */
export async function start(context: TriggerContext): Promise<RunningTrigger> {
  const path = triggerSocketPath(context.facts);
  await refuseSecondDaemon(context, path);
  const pidFile = pidFileOf(path);
  await makePrivateFolder(context, pidFile);
  await removeStaleSocket(context, path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    serve(socket, context.trigger);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listenPrivately(server, path);
  return {
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
      await context.files.remove(pidFile);
    },
  };
}

/**
 * The file that shows people which process owns the socket. It locks nothing: the state directory's lock
 * does.
 */
function pidFileOf(socketPath: string): string {
  return join(dirname(socketPath), "daemon.pid");
}

async function refuseSecondDaemon(context: TriggerContext, path: string): Promise<void> {
  if (!(await answers(path))) return;
  const pid = (await context.files.read(pidFileOf(path)))?.trim();
  throw new QuadgateError("locked", `another daemon${pid ? ` (process ${pid})` : ""} listens on ${path}`, {
    hint: "Stop it first: systemctl --user stop quadgate.service (rootful: without --user)",
  });
}

/** Whether a daemon accepts connections. Only `refused` and `no such file` prove that none does. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

async function makePrivateFolder(context: TriggerContext, pidFile: string): Promise<void> {
  await context.files.write(pidFile, `${process.pid}\n`, { mode: 0o600, dirMode: 0o700 });
  const folder = dirname(pidFile);
  const stat = await context.files.stat(folder);
  if (stat?.kind === "directory" && (stat.mode & 0o077) === 0) return;
  throw new QuadgateError("bad-settings", `${folder}: not a folder that only its owner may enter`, {
    hint: `chmod 700 ${folder}`,
  });
}

async function removeStaleSocket(context: TriggerContext, path: string): Promise<void> {
  const kind = (await context.files.stat(path))?.kind;
  if (kind === undefined) return;
  if (kind !== "other") {
    throw new QuadgateError("state-unwritable", `${path}: a ${kind} is in the place of the socket`, {
      hint: `Look at it, then remove it: rm -r ${path}`,
    });
  }
  await context.files.remove(path);
}

/**
 * The kernel takes a unix socket's mode from the umask at bind time, so the socket is never open to others.
 */
async function listenPrivately(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(path, cause)));
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => resolve());
    } finally {
      process.umask(umask);
    }
  });
}

function cannotListen(path: string, cause: NodeJS.ErrnoException): QuadgateError {
  if (cause.code === "EADDRINUSE") {
    return new QuadgateError("locked", `another daemon has just taken ${path}`, { cause });
  }
  return new QuadgateError("state-unwritable", `cannot listen on ${path}: ${cause.message}`, {
    cause,
    hint: "Check that XDG_RUNTIME_DIR names a short path that this user may write to.",
  });
}

/** One request line in, one answer line out, then the connection ends. */
function serve(socket: Socket, trigger: (name: string) => void): void {
  let request = "";
  const reply = (answer: TriggerAnswer): void => {
    socket.removeAllListeners("data");
    socket.end(`${JSON.stringify(answer)}\n`);
  };
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  // a client that has disconnected needs no answer
  socket.on("error", () => socket.destroy());
  socket.on("data", (text) => {
    request += text;
    const end = request.indexOf("\n");
    if (end >= 0) reply(handle(request.slice(0, end), trigger));
    else if (request.length > MAX_REQUEST_BYTES)
      reply({ accepted: false, message: "the request is too long" });
  });
}

function handle(line: string, trigger: (name: string) => void): TriggerAnswer {
  const request = triggerRequestSchema.safeParse(parseJson(line));
  if (!request.success) {
    return { accepted: false, message: 'send one line of JSON such as {"trigger":"push"}' };
  }
  trigger(request.data.trigger);
  return { accepted: true };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
