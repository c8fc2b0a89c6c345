import { type Json, objectAt, textAt } from "../../model/live.ts";
import {
  type Attachment,
  attachmentsOf,
  displayName,
  isInPod,
  MODE,
} from "../../quadlet/argv/attached-networks.ts";
import { allOf, lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import type { Difference } from "../difference.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

const CONNECTED = "connected";
/** In place of an order: the container is on no network any more. */
const NONE = "none";
const MADE_ANEW = "another network of that name";
/** Options of `--network NAME:...` that show in a running container. */
const ADDRESSES: Readonly<Record<string, string>> = {
  ip: "IPAddress",
  ip6: "GlobalIPv6Address",
  mac: "MacAddress",
};

function modeOf(call: PodmanCall): string | undefined {
  return allOf(call.flags, "network").find(
    (value) => MODE.test(value) && !/^(bridge|private)(:|$)/.test(value),
  );
}

function optionsText(options: readonly (readonly [string, string])[]): string {
  const texts = options.map(([key, value]) => (value === "" ? key : `${key}=${value}`));
  return texts.length === 0 ? CONNECTED : [...texts].sort().join(",");
}

/** The networks that the container is on. Static addresses are compared if they are declared and it runs. */
export const networks: FieldRow = {
  name: "networks",
  flags: ["network", "ip", "ip6", "mac-address"],
  always: true,
  minor: "order",
  declared: ({ call }) => {
    if (isInPod(call)) return { mode: "of the pod" };
    const attachments = attachmentsOf(call);
    const names = attachments.map(({ name }) => name);
    return flat({
      mode: modeOf(call),
      ...Object.fromEntries(
        attachments.map((attachment) => [attachment.name, declaredText(attachment, call)]),
      ),
      order: names.length > 1 ? names.map(displayName).join(", ") : undefined,
    });
  },
  container: (expected, container, { call, live }) => {
    if (isInPod(call)) return expected;
    const mode = liveMode(expected.mode, container);
    const declared = attachmentsOf(call);
    const found = objectAt(container, "NetworkSettings", "Networks");
    const observed = new Map<string, string>();
    for (const [name, settings] of Object.entries(found)) {
      const attachment = declared.find((candidate) => candidate.name === name);
      if (isMadeAnew(settings, live.index.networks.get(name)?.[0])) observed.set(name, MADE_ANEW);
      else if (attachment) observed.set(name, liveText(attachment, call, settings));
      else if (expected.mode === undefined && !(declared.length === 0 && name === "podman")) {
        observed.set(name, CONNECTED);
      }
    }
    const isAlone = declared.length > 0 && observed.size === 0;
    return flat({ mode, ...Object.fromEntries(observed), order: isAlone ? NONE : expected.order });
  },
  text: (value) => {
    if (value.mode !== undefined) return value.mode;
    const names = value.order ?? Object.keys(value).map(displayName).join(", ");
    const ordered = names.split(", ").filter((name) => name !== "");
    const entries = Object.entries(value).filter(([key]) => key !== "order");
    const byName = new Map(entries.map(([key, text]) => [displayName(key), text]));
    const present = ordered.filter((name) => byName.has(name));
    const others = [...byName.keys()].filter((name) => !present.includes(name));
    const shown = [...present, ...others].map((name) => {
      const text = byName.get(name) ?? CONNECTED;
      return text === CONNECTED ? name : `${name} (${text})`;
    });
    return shown.join(", ") || (value.order === NONE ? NONE : "default");
  },
  label: displayName,
  changedBy: (changed) => [...new Set(changed.map(networkCause))].join("; "),
  movedInput: (changed) =>
    changed.every(({ to }) => to === MADE_ANEW) ? "the network was removed and created again" : undefined,
};

function networkCause({ from, to }: Difference): string {
  if (to === undefined) return "podman network disconnect";
  if (to === MADE_ANEW) return "the network was removed and created again";
  return from === undefined ? "podman network connect" : "podman network disconnect and connect";
}

function addressOptions(attachment: Attachment, call: PodmanCall): Attachment["options"] {
  const named = attachment.options.filter(([key]) => key !== "alias");
  const single = attachmentsOf(call).length === 1;
  if (!single) return named;
  const flags = [
    ["ip", lastOf(call.flags, "ip")],
    ["ip6", lastOf(call.flags, "ip6")],
    ["mac", lastOf(call.flags, "mac-address")],
  ] as const;
  return [...named, ...flags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))];
}

function declaredText(attachment: Attachment, call: PodmanCall): string {
  return optionsText(addressOptions(attachment, call));
}

function liveText(attachment: Attachment, call: PodmanCall, settings: Json): string {
  const options = addressOptions(attachment, call).map(([key, value]) => {
    const field = ADDRESSES[key];
    // Addresses are empty unless the container runs.
    const found = field === undefined ? "" : textAt(settings, field);
    return [key, found === "" || found.toLowerCase() === value.toLowerCase() ? value : found] as const;
  });
  return optionsText(options);
}

function liveMode(expected: string | undefined, container: Json): string | undefined {
  if (expected === undefined) return undefined;
  const live = textAt(container, "HostConfig", "NetworkMode");
  const [kind = ""] = expected.split(":");
  return live === "" || live === expected || live.split(":")[0] === kind ? expected : live;
}

/** A network that was removed and created again has the old name and a new id. */
function isMadeAnew(settings: Json, current: Json | undefined): boolean {
  const [now, then] = [textAt(current, "id"), textAt(settings, "NetworkID")];
  return now !== "" && then !== "" && !now.startsWith(then) && !then.startsWith(now);
}
