import { digestOf } from "../../src/lib/digest.ts";
import type { Json, LiveState, ServiceState } from "../../src/model/live.ts";
import { type Unit, unitKindOf } from "../../src/model/unit.ts";
import { type Generated, parseGenerated } from "../../src/quadlet/generated.ts";
import { FACTS } from "./health-host.ts";

/** Services by name, with the lines of their generated text. */
export function generated(units: Readonly<Record<string, string>>): Generated {
  const services = Object.entries(units).map(([service, text]) => {
    const unit = service.replace(/-network\.service$/, ".network").replace(/\.service$/, ".container");
    return [service, { service, unit, text }] as const;
  });
  return parseGenerated({ folder: "/scratch", services: new Map(services), messages: [] }, FACTS);
}

/** A unit of the instance that its name begins with. */
export function unitOf(name: string, content = name): Unit {
  return {
    name,
    kind: unitKindOf(name) ?? "dropin",
    instance: name.endsWith(".network") ? "networks" : (name.split(".")[0] ?? name),
    content,
    mode: "0644",
    digest: digestOf(content),
    origin: { file: name },
  };
}

/** A container that a service runs, on networks. */
export function containerOn(service: string, ...networks: readonly string[]): Json {
  return {
    Name: service.replace(".service", ""),
    Config: { Labels: { PODMAN_SYSTEMD_UNIT: service } },
    NetworkSettings: { Networks: Object.fromEntries(networks.map((name) => [name, {}])) },
  };
}

/** A host with these containers, whose services of these names are loaded. */
export function liveWith(containers: readonly Json[], loaded: readonly string[] = []): LiveState {
  const state = (name: string) => ({ name, loadState: "loaded" }) as ServiceState;
  return {
    observedAt: "2026-01-01T00:00:00Z",
    files: new Map(),
    obstacles: new Map(),
    generated: new Map(),
    services: new Map(loaded.map((name) => [name, state(name)])),
    containers,
    networks: [],
    volumes: [],
    images: [],
    pods: [],
    secrets: [],
    imageDetails: [],
    inputs: new Map(),
  };
}
