import { isSecretName } from "../../lib/mask-secrets.ts";
import { type Json, listAt, objectAt, textAt } from "../../model/live.ts";
import { attachmentsOf, displayName } from "../../quadlet/argv/attached-networks.ts";
import { canonicalImage, isSameImage, shortId } from "../../quadlet/argv/image-names.ts";
import { type PlayedContainer, playedContainers } from "../../quadlet/argv/kube-yaml.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import { publishedPorts } from "../../quadlet/argv/published-ports.ts";
import { type Flat, flat } from "../flat.ts";
import type { FieldRow, RowContext } from "../row.ts";
import { environmentOf } from "./environment.ts";
import { log as containerLog } from "./log.ts";
import { bindingsOf, portKey } from "./ports.ts";

const SINCE =
  "podman records no command here: the unit or the YAML was edited, or the containers have changed";

function declared({ call, live }: RowContext): readonly PlayedContainer[] {
  return call.rest.flatMap((path) => playedContainers(live.inputs.get(path) ?? "") ?? []);
}

const containersOf = (object: Json) => listAt(object, "Containers");
const infrasOf = (object: Json) => listAt(object, "Infras");

function named(object: Json, name: string): Json | undefined {
  return containersOf(object).find((container) => textAt(container, "Name") === name);
}

const names = (value: Flat) => Object.keys(value).join(", ") || "none";

/** The containers that the YAML asks for, each with its image. Other containers of the service are drift. */
const containers: FieldRow = {
  name: "containers",
  flags: [],
  always: true,
  declared: (_, context) =>
    Object.fromEntries(declared(context).map(({ name, image }) => [name, canonicalImage(image)])),
  container: (expected, object) => {
    if (Object.keys(expected).length === 0) return expected;
    const live = containersOf(object).map((container) => {
      const image = textAt(container, "ImageName");
      const wanted = expected[textAt(container, "Name")] ?? "";
      const same = isSameImage(wanted, image, shortId(textAt(container, "Image")));
      return [textAt(container, "Name"), same ? wanted : canonicalImage(image)] as const;
    });
    return Object.fromEntries(live);
  },
  text: (value, keys) =>
    keys.length === 0
      ? names(value)
      : keys
          .filter((key) => key in value)
          .map((key) => `${key} from ${value[key]}`)
          .join(", ") || "none",
  changedBy: () => SINCE,
};

/** Command and arguments, if the YAML has them; otherwise they are the image's. */
const commands: FieldRow = {
  name: "command",
  flags: [],
  declared: (_, context) =>
    flat(
      Object.fromEntries(
        declared(context).flatMap(({ name, command, args }) => [
          [`${name}.command`, command && JSON.stringify(command)],
          [`${name}.args`, args && JSON.stringify(args)],
        ]),
      ),
    ),
  container: (expected, object) => {
    const seen = Object.entries(expected).map(([key, value]) => {
      const [, name = "", part = ""] = /^(.*)\.(command|args)$/.exec(key) ?? [];
      const container = named(object, name);
      const field = part === "command" ? "Entrypoint" : "Cmd";
      // The row of containers shows a missing container.
      return [key, container ? JSON.stringify(listAt(container, "Config", field)) : value] as const;
    });
    return Object.fromEntries(seen);
  },
  text: (value, keys) => (keys.length > 0 ? keys : Object.keys(value)).join(", ") || "the image's",
  shown: () => "(not shown)",
  changedBy: () => SINCE,
};

/**
 * Variables with a value in the YAML. Those of ConfigMaps and Secrets leave no trace of where they come from.
 */
const variables: FieldRow = {
  name: "environment",
  flags: [],
  declared: (_, context) =>
    Object.fromEntries(
      declared(context).flatMap(({ name, environment }) =>
        [...environment].map(([variable, value]) => [`${name}.${variable}`, value]),
      ),
    ),
  container: (expected, object) => {
    const seen = Object.entries(expected).map(([key, value]) => {
      const container = containersOf(object).find((one) => key.startsWith(`${textAt(one, "Name")}.`));
      if (container === undefined) return [key, value] as const;
      return [key, environmentOf(container).get(key.slice(textAt(container, "Name").length + 1))] as const;
    });
    return flat(Object.fromEntries(seen));
  },
  text: names,
  secret: (key) => isSecretName(key.slice(key.lastIndexOf(".") + 1)),
  changedBy: () => SINCE,
};

/** The networks on which `Network=` puts every pod. */
const networks: FieldRow = {
  name: "networks",
  flags: ["network"],
  declared: ({ call }) => Object.fromEntries(attachmentsOf(call).map(({ name }) => [name, "connected"])),
  container: (expected, object) => {
    const infras = infrasOf(object);
    const isOn = (infra: Json, name: string) => name in objectAt(infra, "NetworkSettings", "Networks");
    const kept = Object.keys(expected).filter((name) => infras.every((infra) => isOn(infra, name)));
    const others = infras.flatMap((infra) => Object.keys(objectAt(infra, "NetworkSettings", "Networks")));
    // If nothing is declared, podman chooses.
    const extra = Object.keys(expected).length === 0 ? [] : others.filter((name) => !(name in expected));
    return Object.fromEntries([...kept, ...extra].map((name) => [name, "connected"]));
  },
  text: (value) => Object.keys(value).map(displayName).join(", ") || "none",
  label: displayName,
  changedBy: () => SINCE,
};

/** Ports of `PublishPort=`; the YAML may have more. */
const ports: FieldRow = {
  name: "ports",
  flags: ["publish"],
  declared: ({ call }) =>
    Object.fromEntries(
      allOf(call.flags, "publish")
        .flatMap(publishedPorts)
        .map((port) => [portKey(port), "published"]),
    ),
  container: (expected, object) => {
    const live = new Set(infrasOf(object).flatMap((infra) => [...bindingsOf(infra)]));
    return Object.fromEntries(Object.entries(expected).filter(([key]) => live.has(key)));
  },
  text: names,
  changedBy: () => SINCE,
};

const USERNS = "io.podman.annotations.userns";

const user: FieldRow = {
  name: "user",
  flags: ["userns"],
  declared: ({ call }) => flat({ userns: lastOf(call.flags, "userns") }),
  container: (expected, object) => {
    // If nothing is declared, podman or the YAML chooses.
    if (expected.userns === undefined) return {};
    const live = infrasOf(object).map((infra) => textAt(infra, "Config", "Annotations", USERNS));
    return flat({ userns: live.find((mode) => mode !== "" && mode !== expected.userns) ?? expected.userns });
  },
  text: (value) => value.userns ?? "default",
  changedBy: () => SINCE,
};

/** Where the containers log to. The first container that differs stands for all. */
const log: FieldRow = {
  ...containerLog,
  container: (expected, object, context, wanted) => {
    const live = containersOf(object).map(
      (container) => containerLog.container?.(expected, container, context, wanted) ?? expected,
    );
    return live.find((one) => JSON.stringify(one) !== JSON.stringify(expected)) ?? expected;
  },
  changedBy: () => SINCE,
};

/**
 * How the exit codes of containers become the service's. podman records it with the service's own container.
 */
const exitCodes: FieldRow = {
  name: "exit-codes",
  flags: ["service-exit-code-propagation"],
  declared: ({ call }) => flat({ "": lastOf(call.flags, "service-exit-code-propagation") }),
  container: (expected, object) =>
    flat({
      "": expected[""] && (textAt(objectAt(object, "Service"), "KubeExitCodePropagation") || expected[""]),
    }),
  text: (value) => value[""] ?? "none",
  label: () => "",
  changedBy: () => SINCE,
};

const AUTO_UPDATE = "io.containers.autoupdate";

/**
 * The labels that `AutoUpdate=` gives to one named container, or to all that have none of their own, in
 * objects of the kind Pod.
 */
const labels: FieldRow = {
  name: "labels",
  flags: ["annotation"],
  declared: ({ call }, context) => {
    const pairs = allOf(call.flags, "annotation").map((pair) => pair.split("=", 2));
    const able = declared(context).filter(({ canAutoUpdate }) => canAutoUpdate);
    const labelled = pairs.filter(([key = ""]) => {
      const suffix = key.slice(AUTO_UPDATE.length + 1);
      return key.startsWith(AUTO_UPDATE) && able.some(({ name }) => name.endsWith(suffix && `-${suffix}`));
    });
    return flat(Object.fromEntries(labelled));
  },
  container: (expected, object, context) => {
    const able = new Set(
      declared(context).flatMap(({ name, canAutoUpdate }) => (canAutoUpdate ? [name] : [])),
    );
    const seen = Object.entries(expected).map(([key, value]) => {
      const suffix = key.slice(AUTO_UPDATE.length + 1);
      const own = containersOf(object).filter(
        (one) =>
          able.has(textAt(one, "Name")) && (suffix === "" || textAt(one, "Name").endsWith(`-${suffix}`)),
      );
      const live = own.map((one) => textAt(objectAt(one, "Config", "Labels"), AUTO_UPDATE));
      return [key, live.length === 0 || live.includes(value) ? value : live.find(Boolean)] as const;
    });
    return flat(Object.fromEntries(seen));
  },
  text: (value) => Object.values(value).join(", ") || "none",
  changedBy: () => SINCE,
};

/**
 * Rows of a kube unit. podman records no command for what it makes of YAML, so all rows compare with what
 * exists.
 */
export const KUBE_ROWS: readonly FieldRow[] = [
  containers,
  commands,
  variables,
  networks,
  ports,
  user,
  log,
  exitCodes,
  labels,
];
