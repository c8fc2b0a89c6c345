import { type Json, listAt, objectAt, textAt } from "../model/live.ts";
import type { Prerequisite, PrerequisiteInput } from "./codes.ts";
import { placeOf } from "./conflicts.ts";
import { setSysctl, UNPRIVILEGED } from "./kernel.ts";
import type { UnitNeeds } from "./unit-needs.ts";

export function secrets({ needs, requirements, found }: PrerequisiteInput): readonly Prerequisite[] {
  const used = needs.flatMap(({ instance, unit, secrets: names }) =>
    names.map((name) => ({ instance, name, place: placeOf(unit, "Secret", name) ?? unit.origin })),
  );
  const asked = requirements.flatMap(({ instance, place, secrets: rows }) =>
    rows.map(({ name, purpose }) => ({ instance, name, place, purpose })),
  );
  const all = new Map([...asked, ...used].map((one) => [`${one.instance} ${one.name}`, one]));
  return [...all.values()].map(({ instance, name, place }): Prerequisite => {
    const check = `secret ${name}`;
    if (found.secrets.has(name)) return { instance, check, message: "exists" };
    const purpose = asked.find((one) => one.instance === instance && one.name === name)?.purpose;
    const why = purpose === undefined ? "" : ` (${purpose.trim().replace(/\.$/, "")})`;
    const message = `there is no podman secret ${JSON.stringify(name)}${why}`;
    return { instance, check, code: "secret-missing", message, fix: createSecret(name), place };
  });
}

const createSecret = (name: string): string =>
  `podman secret create ${name} FILE, or a random one: ` +
  `openssl rand -hex 32 | tr -d '\\n' | podman secret create ${name} -`;

export function devices({ needs, requirements, found }: PrerequisiteInput): readonly Prerequisite[] {
  const used = needs.flatMap(({ instance, unit, devices: paths }) =>
    paths.map((path) => ({
      instance,
      path,
      place: placeOf(unit, "AddDevice", path) ?? unit.origin,
      optional: false,
    })),
  );
  const asked = requirements.flatMap(({ instance, place, devices: rows }) =>
    rows.filter(({ path }) => path.startsWith("/")).map((row) => ({ ...row, instance, place })),
  );
  const all = new Map([...asked, ...used].map((one) => [`${one.instance} ${one.path}`, one]));
  return [...all.values()].map(({ instance, path, place, optional }): Prerequisite => {
    const check = `device ${path}`;
    if (found.paths.has(path)) return { instance, check, message: "exists" };
    if (optional) return { instance, check, message: "does not exist, and is optional" };
    const why = asked.find((one) => one.instance === instance && one.path === path)?.why;
    const purpose = why === undefined ? "" : ` (${why.trim().replace(/\.$/, "")})`;
    const message = `there is no device ${path}${purpose}`;
    const fix = `list the devices: ls -l ${path.slice(0, path.lastIndexOf("/")) || "/"}`;
    return { instance, check, code: "device-missing", message, fix, place };
  });
}

export function networks({ instance, unit, networks: names }: UnitNeeds, input: PrerequisiteInput) {
  return names.map((name): Prerequisite => {
    const check = `network ${name}`;
    if (input.networks.has(name))
      return { instance, check, message: "exists, or is created before the start" };
    const message = `there is no network ${JSON.stringify(name)}, and no unit creates it`;
    const place = placeOf(unit, "Network", name) ?? unit.origin;
    const fix = `podman network create ${name}, or use a network of networks.yaml`;
    return { instance, check, code: "network-missing", message, fix, place };
  });
}

/** Ports of the host that live containers hold: a sync may move them from one instance to another. */
function portsOfContainers(containers: readonly Json[]): ReadonlySet<string> {
  return new Set(
    containers.flatMap((container) => {
      const bindings = objectAt(container, "HostConfig", "PortBindings");
      return Object.keys(bindings).flatMap((port) =>
        listAt(bindings, port).map((row) => `${textAt(row, "HostPort")}/${port.split("/")[1] ?? "tcp"}`),
      );
    }),
  );
}

export function ports(
  { instance, unit, ports: rows }: UnitNeeds,
  input: PrerequisiteInput,
): readonly Prerequisite[] {
  const { found, rootless, containers } = input;
  const inUse = portsOfContainers(containers);
  const lowest = found.sysctls.get(UNPRIVILEGED) ?? 0;
  return rows.map(({ host, protocol }): Prerequisite => {
    const check = `port ${host}/${protocol}`;
    const place = placeOf(unit, "PublishPort", String(host)) ?? unit.origin;
    if (rootless && host < lowest) {
      const message = `only root may publish ports below ${lowest}, such as ${host}`;
      return { instance, check, code: "port-privileged", message, fix: setSysctl(UNPRIVILEGED, host), place };
    }
    const taken = found.listeners.some((one) => one.port === host && one.protocol === protocol);
    if (!taken) return { instance, check, message: "free" };
    if (inUse.has(`${host}/${protocol}`)) return { instance, check, message: "in use by a container" };
    const message = `port ${host}/${protocol} of the host is in use by another program`;
    return {
      instance,
      check,
      code: "port-taken",
      message,
      fix: `find it: ss -lpn 'sport = :${host}'`,
      place,
    };
  });
}
