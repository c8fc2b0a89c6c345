import { QuadgateError } from "../../model/errors.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `127.0.0.1:9797`, `localhost:9797` or `[::1]:9797`; port 0 takes a free port. Throws `bad-settings`.
 */
export function parseListen(listen: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(listen);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65535) return { host, port };
  throw new QuadgateError("bad-settings", `daemon.listen: not an address and port: "${listen}"`, {
    hint: "Write 127.0.0.1:9797, or [::1]:9797 for IPv6.",
  });
}

/** Explains why the system does not let us listen, and what to do about it. */
export function listenFailure(listen: string, cause: NodeJS.ErrnoException): QuadgateError {
  const port = listen.slice(listen.lastIndexOf(":") + 1);
  const [why, hint] = causeOf(cause, port);
  return new QuadgateError("bad-settings", `daemon.listen: cannot listen on ${listen}: ${why}`, {
    cause,
    hint,
  });
}

function causeOf(cause: NodeJS.ErrnoException, port: string): [why: string, hint: string] {
  switch (cause.code) {
    case "EADDRINUSE":
      return ["the port is in use", `See who has it (ss -ltnp "sport = :${port}"), or set another port.`];
    case "EACCES":
      return ["this user may not use the port", "Set a port above 1023."];
    case "EADDRNOTAVAIL":
      return ["the machine does not have this address", "See what it has: ip -brief address"];
    default:
      return [cause.message, "Set another address or port."];
  }
}
