import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { errorFields, type Logger } from "../log.ts";
import { DIALECTS } from "./dialects/dialects.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const REFUSAL_LOG_INTERVAL_MS = 60_000;

export interface AppOptions {
  readonly secret: string;
  readonly trigger: (name: string) => void;
  readonly log: Logger;
}

/**
 * Serves `POST /hooks/<dialect>` (202 if the signature is right, 401 if not, 413 above 1 MiB) and `GET
 * /healthz`. Nothing reads the content of a delivery, so a forged or repeated one can at most make the daemon
 * look again.
 */
export function createApp({ secret, trigger, log }: AppOptions): Hono {
  const app = new Hono();
  const logRefusal = createRefusalLog(log);
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.post(
    "/hooks/:dialect",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => c.json({ error: "the body is larger than 1 MiB" }, 413),
    }),
    async (c) => {
      const dialect = DIALECTS.get(c.req.param("dialect"));
      if (dialect === undefined) return c.notFound();
      const body = new Uint8Array(await c.req.arrayBuffer());
      if (!dialect.verify({ header: (name) => c.req.header(name), body }, secret)) {
        logRefusal();
        return c.json({ error: "the signature is missing or wrong" }, 401);
      }
      trigger("webhook");
      return c.json({ accepted: true }, 202);
    },
  );
  app.notFound((c) => c.json({ error: "there is nothing here" }, 404));
  app.onError((error, c) => {
    log.error(errorFields(error), "a request failed");
    return c.json({ error: "internal error" }, 500);
  });
  return app;
}

/** Logs refusals, with their number, at most once a minute, so that outsiders cannot fill the journal. */
function createRefusalLog(log: Logger): () => void {
  let refused = 0;
  let quietUntil = 0;
  return () => {
    refused += 1;
    if (Date.now() < quietUntil) return;
    log.warn({ refused }, "refused webhooks with a missing or wrong signature");
    refused = 0;
    quietUntil = Date.now() + REFUSAL_LOG_INTERVAL_MS;
  };
}
