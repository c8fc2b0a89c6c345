import { parseAddress } from "./addresses.ts";
import type { Problem } from "./codes.ts";
import { OBJECT_NAME } from "./formats.ts";
import { didYouMean, show } from "./message-parts.ts";

/** The formats that connect a container: published ports and networks. */

const RANGE = String.raw`\d{1,5}(?:-\d{1,5})?`;
const PUBLISH = new RegExp(
  String.raw`^(?:(?:(?<ip>\[[0-9a-fA-F:.]+\]|\d+\.\d+\.\d+\.\d+):(?<hostOfIp>${RANGE})?|` +
    `(?<host>${RANGE})):)?(?<container>${RANGE})(?:/(?:tcp|udp|sctp))?$`,
);

/** `[[ip:][hostPort]:]containerPort[/protocol]`, as podman's --publish takes it. */
export function checkPublish(text: string): Problem | undefined {
  const parts = PUBLISH.exec(text)?.groups;
  if (!parts) {
    return {
      message: `is not a published port: ${show(text)}`,
      hint: "write host:container, such as 8096:8096 or 127.0.0.1:53:53/udp",
    };
  }
  const { ip, container = "" } = parts;
  if (ip !== undefined && !parseAddress(ip.replace(/^\[|\]$/g, ""))) {
    return { message: `has an IP address that is not valid: ${show(ip)}` };
  }
  const ranges = [container, parts.host ?? parts.hostOfIp ?? container].map(portsOf);
  const [inside, outside] = ranges;
  if (inside === undefined || outside === undefined) {
    return { message: `has a port outside 1 to 65535, or a range that runs backwards: ${show(text)}` };
  }
  if (inside === outside) return undefined;
  return { message: `has ranges of unequal length: ${show(text)}` };
}

/** The number of ports in a range; undefined if the range is not valid. */
function portsOf(range: string): number | undefined {
  const [first = "", last = first] = range.split("-");
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to && to <= 65535 ? to - from + 1 : undefined;
}

const NETWORK_OPTIONS: Readonly<Record<string, (value: string) => boolean>> = {
  ip: (value) => parseAddress(value)?.bits === 32,
  ip6: (value) => parseAddress(value)?.bits === 128,
  mac: (value) => /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(value),
  alias: (value) => OBJECT_NAME.test(value),
  interface_name: (value) => /^[^\s/:]{1,15}$/.test(value),
};

/** A network's name and its options, from `reverse_proxy:ip=10.89.2.81`. */
export function splitNetwork(text: string): { name: string; options: string[] } {
  const at = text.indexOf(":");
  if (at < 0) return { name: text, options: [] };
  return { name: text.slice(0, at), options: text.slice(at + 1).split(",") };
}

/** Modes of podman that have their own options: `container:db`, `pasta:-T,5432`. */
const NETWORK_MODES = ["container", "ns", "pasta", "slirp4netns"];

/** `name[:ip=...,mac=...,alias=...]`, or a network mode. */
export function checkNetwork(text: string): Problem | undefined {
  const { name, options } = splitNetwork(text);
  if (NETWORK_MODES.includes(name)) return undefined;
  if (!OBJECT_NAME.test(name)) return { message: `is not a network's name: ${show(name)}` };
  for (const option of options) {
    const [, key = "", value] = /^([^=]*)=?(.*)$/.exec(option) ?? [];
    const check = Object.hasOwn(NETWORK_OPTIONS, key) ? NETWORK_OPTIONS[key] : undefined;
    if (!check) {
      return {
        message: `has an unknown network option: ${show(key)}`,
        hint: didYouMean(key, Object.keys(NETWORK_OPTIONS), "options"),
      };
    }
    if (value === undefined || !check(value)) {
      return { message: `has a network option that is not valid: ${show(option)}` };
    }
  }
  return undefined;
}
