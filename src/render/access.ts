import type { AccessKind } from "../model/instance.ts";

/**
 * The middlewares that protect each kind of access, in the order in which Traefik runs them: cheap
 * rejections first, the log-in last but one, response headers at the end. They are defined in Traefik's own
 * files and only referred to here.
 */
export const ACCESS_MIDDLEWARES: Readonly<Record<AccessKind, readonly string[]>> = {
  authenticated: ["crowdsec-bouncer", "rate-limit", "authelia", "security-headers"],
  native: ["crowdsec-bouncer", "rate-limit-public", "security-headers"],
  public: ["crowdsec-bouncer", "rate-limit-public", "security-headers-public"],
  admin: ["crowdsec-bouncer", "admin-whitelist", "rate-limit-strict", "authelia", "security-headers-strict"],
  api: ["crowdsec-bouncer", "rate-limit-public", "api-cors", "security-headers"],
  none: [],
};

/** A middleware's full name; without a provider it belongs to Traefik's file provider. */
export function middlewareName(name: string): string {
  return name.includes("@") ? name : `${name}@file`;
}
