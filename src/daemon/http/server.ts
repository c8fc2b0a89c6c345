import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { IDLE_TRIGGER, type RunningTrigger, type TriggerContext } from "../triggers/trigger.ts";
import { createApp } from "./app.ts";
import { type ListenAddress, listenFailure, parseListen } from "./listen.ts";
import { readSecret } from "./webhook-secret.ts";

/** Milliseconds. Node cuts off a client that sends slowly, and checks every `connectionsCheckingInterval`. */
const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 64;
const CLOSE_GRACE_MS = 1_000;

/**
 * Triggers on a signed webhook. Idle without a secret, so that there is never an endpoint that anybody may
 * call.
 */
export async function start(context: TriggerContext): Promise<RunningTrigger> {
  const { listen, webhookSecretFile } = context.settings.daemon;
  if (webhookSecretFile === undefined) {
    context.log.info({}, "the HTTP server stays off, because daemon.webhookSecretFile is not set");
    return IDLE_TRIGGER;
  }
  const wanted = parseListen(listen);
  const secret = await readSecret(context.files, webhookSecretFile.replace(/^~(?=\/)/, context.facts.home));
  const app = createApp({ secret, trigger: context.trigger, log: context.log });
  const server = createServer(
    LIMITS,
    getRequestListener((request) => app.fetch(request)),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const address = await new Promise<ListenAddress>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenFailure(listen, cause)));
    server.listen(wanted.port, wanted.host, () => {
      const bound = server.address();
      resolve(
        bound === null || typeof bound === "string" ? wanted : { host: bound.address, port: bound.port },
      );
    });
  });
  context.log.info({ ...address }, "listening for webhooks");
  context.onListen?.(address);
  return {
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cutOff = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(cutOff);
    },
  };
}
