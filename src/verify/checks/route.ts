import { at, type Json, listAt, serviceOf, textAt } from "../../model/live.ts";
import { type CheckHost, type Looked, notChecked, type Of, type Seen } from "./looked.ts";
import { ask, judgeStatus, socketAddress, vantageOf } from "./network.ts";

/** A place where the reverse proxy may listen for https. */
interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly pid?: number;
}

const ENTRY_POINT = "websecure";
const HTTPS = 443;

/** Asks Traefik for the instance's name, as a browser would that is told Traefik's address. */
export async function lookByRoute({ hostname, path, status }: Of<"route">, seen: Seen): Promise<Looked> {
  const { host, containers } = seen;
  if (hostname === null) return notChecked("it has no route");
  const proxy = containers.find((one) => isTraefik(one) && at(one, "State", "Running") === true);
  if (proxy === undefined) return notChecked("no container of Traefik runs here");
  const url = `https://${hostname}${path}`;
  const silent: string[] = [];
  for (const endpoint of await endpointsOf(host, proxy)) {
    const { address, port } = endpoint;
    const request = { port, path, hostname };
    const secure = await ask(host, endpoint, { ...request, scheme: "https" });
    // Where TLS ends before Traefik, the entry point speaks plain HTTP.
    const plain = secure.kind === "silence" && secure.code === "EPROTO";
    const answer = plain ? await ask(host, endpoint, { ...request, scheme: "http" }) : secure;
    if (answer.kind === "answer")
      return { ...judgeStatus(answer, status, url), culprit: textAt(proxy, "Name") };
    silent.push(`${socketAddress(address, port)}: ${answer.message}`);
  }
  const why = [...new Set(silent)].join("; ");
  // It may be starting.
  return { status: "not-checked", message: `Traefik (${textAt(proxy, "Name")}) does not answer (${why})` };
}

function isTraefik(container: Json): boolean {
  const image = textAt(container, "ImageName") || textAt(container, "Config", "Image");
  return /(?:^|\/)traefik(?:[:@]|$)/.test(image);
}

/** systemd's sockets first, then published ports, then its own network: the first two are how clients come. */
async function endpointsOf({ systemd }: CheckHost, proxy: Json): Promise<readonly Endpoint[]> {
  const port = entryPort(proxy);
  const listeners = await systemd.listeners(serviceOf(proxy));
  const sockets = listeners
    .filter(({ name, address }) => name === ENTRY_POINT || address.endsWith(`:${port}`))
    .map(({ address }) => endpointOf(address));
  const published = listAt(proxy, "NetworkSettings", "Ports", `${port}/tcp`).map((binding) =>
    endpointOf(`${textAt(binding, "HostIp")}:${textAt(binding, "HostPort")}`),
  );
  return [...sockets, ...published, { ...vantageOf(proxy), port }].filter((one) => one.port > 0);
}

/** An address to connect to, of one that is listened on: all addresses of the machine are its own one too. */
function endpointOf(listening: string): Endpoint {
  const cut = listening.lastIndexOf(":");
  const address = listening.slice(0, cut).replace(/^\[|\]$/g, "");
  const everywhere = address === "" || address === "*" || address === "0.0.0.0" || address === "::";
  return { address: everywhere ? "127.0.0.1" : address, port: Number(listening.slice(cut + 1)) };
}

/** Of the entry point that routes are on, where Traefik is told by flags or variables; in a file it cannot be seen. */
function entryPort(proxy: Json): number {
  const told = [...listAt(proxy, "Config", "Cmd"), ...listAt(proxy, "Config", "Env")].flatMap((word) =>
    typeof word === "string" ? [word] : [],
  );
  const setting = new RegExp(
    `^(?:--|TRAEFIK_)entrypoints[._]${ENTRY_POINT}[._]address=.*:(\\d+)(?:/tcp)?$`,
    "i",
  );
  const ports = told.flatMap((word) => setting.exec(word)?.[1] ?? []);
  return Number(ports[0] ?? HTTPS);
}
