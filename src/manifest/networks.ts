import * as z from "zod";
import { NETWORKS_INSTANCE, type NetworkSpec } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import { contains, overlap, parseAddress, parseSubnet, type Subnet } from "./addresses.ts";
import { issue, type Problem } from "./codes.ts";
import { keyPlaceAt, placeAt, readChecked } from "./explain.ts";
import { checkObjectName } from "./formats.ts";
import { show } from "./message-parts.ts";
import { problemsOf, text } from "./shape.ts";

function checkAddress(address: string): Problem | undefined {
  return parseAddress(address) ? undefined : { message: `is not an IP address: ${show(address)}` };
}

function checkSubnet(given: string): Problem | undefined {
  const subnet = parseSubnet(given);
  if (!subnet) return { message: `is not a subnet: ${show(given)}`, hint: "such as 10.89.2.0/24" };
  if (subnet.prefix > subnet.bits - 2) return { message: `leaves no room for containers: ${show(given)}` };
  if (subnet.aligned) return undefined;
  return { message: `is an address within a subnet, not the subnet: ${show(given)}`, hint: startOf(subnet) };
}

function startOf({ base, bits, prefix }: Subnet): string {
  if (bits === 128) return "the bits after the prefix must be 0";
  const bytes = [24n, 16n, 8n, 0n].map((shift) => (base >> shift) & 0xffn);
  return `write ${bytes.join(".")}/${prefix}`;
}

const network = z
  .strictObject({
    subnet: text("a subnet such as 10.89.2.0/24", checkSubnet).optional(),
    gateway: text("an IP address", checkAddress).optional(),
    internal: z.boolean().optional(),
    ipv6: z.boolean().optional(),
    dns: z.array(text("an IP address", checkAddress)).optional(),
  })
  .check(problemsOf(({ subnet, gateway }) => checkGateway(subnet, gateway)));

function checkGateway(subnet: string | undefined, gateway: string | undefined) {
  if (gateway === undefined) return undefined;
  if (subnet === undefined) return { message: "needs a subnet as well", path: ["gateway"] };
  const [range, address] = [parseSubnet(subnet), parseAddress(gateway)];
  if (!range || !address || contains(range, address)) return undefined;
  return { message: `is outside the subnet ${subnet}: ${show(gateway)}`, path: ["gateway"] };
}

/** desired-state/networks.yaml: a network's name to its definition, or to nothing for the defaults. */
export const networksSchema = z.record(z.string().check(problemsOf(checkObjectName)), network.nullable());

/** Reads the shared networks. Every issue names NETWORKS_INSTANCE, which quadgate then leaves alone. */
export function readNetworks(file: string, content: string): { networks: NetworkSpec[]; issues: Issue[] } {
  const { yaml, value, issues } = readChecked(file, content, networksSchema);
  const networks = Object.entries(value ?? {}).map(([name, definition]) => ({
    name,
    place: keyPlaceAt(yaml, [name]),
    ...definition,
  }));
  const overlaps = findOverlaps(networks).map(([later, earlier]) =>
    issue("network-overlap", `${show(`${later}.subnet`)} shares addresses with ${show(earlier)}`, {
      place: placeAt(yaml, [later, "subnet"]),
      hint: "give each network its own subnet",
    }),
  );
  return {
    networks,
    issues: [...issues, ...overlaps].map((one) => ({ ...one, instance: NETWORKS_INSTANCE })),
  };
}

/** Each network that shares addresses with an earlier one, and that one. */
function findOverlaps(networks: readonly NetworkSpec[]): [string, string][] {
  const seen: { name: string; range: Subnet }[] = [];
  const found: [string, string][] = [];
  for (const { name, subnet } of networks) {
    const range = subnet === undefined ? undefined : parseSubnet(subnet);
    if (!range) continue;
    const earlier = seen.find((other) => overlap(other.range, range));
    if (earlier) found.push([name, earlier.name]);
    seen.push({ name, range });
  }
  return found;
}
