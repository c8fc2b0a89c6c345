import type { ProbeAnswer, ProbeRequest } from "../../model/host.ts";
import { at, type Json, objectAt, textAt } from "../../model/live.ts";
import {
  type CheckFinding,
  type CheckHost,
  type CheckObservation,
  either,
  failed,
  notChecked,
  type Of,
  passed,
} from "./looked.ts";

const TIMEOUT_MS = 3_000;

/** The network from which to ask a container, and the address. */
interface Vantage {
  readonly address: string;
  /** A process in the network; absent: this machine's own network. */
  readonly pid?: number;
}

/**
 * The container's own network, at the address that others use, because a service may only listen on
 * localhost.
 */
export function vantageOf(container: Json): Vantage {
  if (textAt(container, "HostConfig", "NetworkMode") === "host") return { address: "127.0.0.1" };
  const networks = Object.values(objectAt(container, "NetworkSettings", "Networks"));
  const addresses = networks.flatMap((network) => [
    textAt(network, "IPAddress"),
    textAt(network, "GlobalIPv6Address"),
  ]);
  const pid = at(container, "State", "Pid");
  const address = addresses.find((one) => one !== "") ?? "127.0.0.1";
  return typeof pid === "number" && pid > 0 ? { address, pid } : { address };
}

/** Asks once. */
export function ask(
  { connections }: CheckHost,
  { address, pid }: Vantage,
  request: Omit<ProbeRequest, "address" | "timeoutMs">,
): Promise<ProbeAnswer> {
  return connections.probe({ ...request, address, timeoutMs: TIMEOUT_MS }, pid);
}

/** Checks whether the port accepts connections. */
export async function lookByConnecting(
  { port }: Of<"tcp">,
  { host, container }: CheckFinding,
): Promise<CheckObservation> {
  const vantage = vantageOf(container);
  const answer = await ask(host, vantage, { scheme: "tcp", port });
  const where = socketAddress(vantage.address, port);
  if (answer.kind === "impossible") return notChecked(answer.message);
  return answer.kind === "answer"
    ? passed(`${where} accepts connections`)
    : failed(`${where}: ${answer.message}`);
}

/** Checks whether the service answers with one of the statuses. */
export async function lookByRequest(
  { port, path, status }: Of<"http">,
  { host, container }: CheckFinding,
): Promise<CheckObservation> {
  const vantage = vantageOf(container);
  const url = `http://${socketAddress(vantage.address, port)}${path}`;
  return judgeStatus(await ask(host, vantage, { scheme: "http", port, path }), status, url);
}

/** What an answer means for a check that wants one of these statuses. */
export function judgeStatus(answer: ProbeAnswer, wanted: readonly number[], url: string): CheckObservation {
  if (answer.kind === "impossible") return notChecked(answer.message);
  if (answer.kind === "silence") return failed(`${url}: ${answer.message}`);
  const { status } = answer;
  if (status !== null && wanted.includes(status)) return passed(`${url} answers ${status}`);
  const wrong = failed(`${url} answers ${status}, not ${either(wanted)}`);
  return status === null ? wrong : { ...wrong, answered: status };
}

/** `10.89.0.3:80`, `[fd00::3]:80` */
export function socketAddress(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
