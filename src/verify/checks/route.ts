import { at, type Json, listAt, serviceOf, textAt } from "../../model/live.ts";
import { type CheckFinding, type CheckHost, type CheckObservation, notChecked, type Of } from "./looked.ts";
import { ask, judgeStatus, socketAddress, vantageOf } from "./network.ts";

/** A place where the reverse proxy may listen for https. */
interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly pid?: number;
}

const ENTRY_POINT = "websecure";
const HTTPS = 443;

/** Asks Traefik for the instance's host name, as a browser would that knows Traefik's address. */
export async function lookByRoute(
  { hostname, path, status }: Of<"route">,
  seen: CheckFinding,
): Promise<CheckObservation> {
  const { host, containers } = seen;
  if (hostname === null) return notChecked("the instance has no route");
  const proxy = containers.find((one) => isTraefik(one) && at(one, "State", "Running") === true);
  if (proxy === undefined) return notChecked("no Traefik container is running here");
  const url = `https://${hostname}${path}`;
  const silent: string[] = [];
  for (const endpoint of await endpointsOf(host, proxy)) {
    const { address, port } = endpoint;
    const request = { port, path, hostname };
    const secure = await ask(host, endpoint, { ...request, scheme: "https" });
    // If TLS ends in front of Traefik, the entry point speaks plain HTTP.
    const plain = secure.kind === "silence" && secure.code === "EPROTO";
    const answer = plain ? await ask(host, endpoint, { ...request, scheme: "http" }) : secure;
    if (answer.kind === "answer")
      return { ...judgeStatus(answer, status, url), culprit: textAt(proxy, "Name") };
    silent.push(`${socketAddress(address, port)}: ${answer.message}`);
  }
  const why = [...new Set(silent)].join("; ");
  // Not final, because Traefik may be starting.
  return { status: "not-checked", message: `Traefik (${textAt(proxy, "Name")}) does not answer (${why})` };
}

function isTraefik(container: Json): boolean {
  const image = textAt(container, "ImageName") || textAt(container, "Config", "Image");
  return /(?:^|\/)traefik(?:[:@]|$)/.test(image);
}

/** systemd's sockets, then published ports, then its own network. Clients connect through the first two. */
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

/**
 * The address to connect to for a listening address. A service that listens everywhere listens on localhost.
 */
function endpointOf(listening: string): Endpoint {
  const cut = listening.lastIndexOf(":");
  const address = listening.slice(0, cut).replace(/^\[|\]$/g, "");
  const everywhere = address === "" || address === "*" || address === "0.0.0.0" || address === "::";
  return { address: everywhere ? "127.0.0.1" : address, port: Number(listening.slice(cut + 1)) };
}

/**
 * The port of the entry point that routes use, if flags or variables set it. A setting in Traefik's own file
 * is not visible here.
 */
function entryPort(proxy: Json): number {
  const words = [...listAt(proxy, "Config", "Cmd"), ...listAt(proxy, "Config", "Env")].flatMap((word) =>
    typeof word === "string" ? [word] : [],
  );
  const setting = new RegExp(
    `^(?:--|TRAEFIK_)entrypoints[._]${ENTRY_POINT}[._]address=.*:(\\d+)(?:/tcp)?$`,
    "i",
  );
  const ports = words.flatMap((word) => setting.exec(word)?.[1] ?? []);
  return Number(ports[0] ?? HTTPS);
}
