import { createHmac, timingSafeEqual } from "node:crypto";
import type { Dialect } from "./dialect.ts";

/** quadgate's own header, then the one that GitHub, Gitea and Forgejo send with the same meaning. */
const HEADERS = ["X-Quadgate-Signature", "X-Hub-Signature-256"];

/** `sha256=<hex>` of HMAC-SHA256 over the raw body. */
export const generic: Dialect = {
  verify: ({ header, body }, secret) => {
    const signature = HEADERS.map(header).find((value) => value !== undefined);
    const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature ?? "")?.[1];
    if (hex === undefined) return false;
    return timingSafeEqual(Buffer.from(hex, "hex"), createHmac("sha256", secret).update(body).digest());
  },
};
