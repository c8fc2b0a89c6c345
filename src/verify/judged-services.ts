import type { InventoryUnit } from "../model/inventory.ts";
import { isPlain, plainKindOf } from "../model/plain-unit.ts";
import { unitKindOf } from "../model/unit.ts";
import { lastOf } from "../quadlet/argv/podman-call.ts";
import { lastValueOf } from "../quadlet/argv/unit-text.ts";
import type { GeneratedService } from "../quadlet/generated.ts";
import type { PartOf } from "../quadlet/jobs.ts";
import { bondsOf, type Links, neededBy } from "../quadlet/links.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import type { JudgedService } from "./judged.ts";

/** The services of the texts in force, and how they hang together. */
export interface ServiceMap {
  readonly byService: ReadonlyMap<string, JudgedService>;
  /** By instance. */
  readonly own: ReadonlyMap<string, readonly JudgedService[]>;
}

interface Judging {
  /** Whether the processes of an instance may end with success. */
  readonly mayEnd: (instance: string) => boolean;
  readonly partOf: PartOf;
}

/** Describes the services of the texts in force, as podman's generator makes them. */
export function judgedServices(
  services: ReadonlyMap<string, GeneratedService>,
  owned: Readonly<Record<string, InventoryUnit>>,
  { mayEnd, partOf }: Judging,
): ServiceMap {
  const bonds = bondsOf(services);
  const needs = neededBy(services);
  const found = [...services.values()].flatMap((generated) => {
    const instance = owned[generated.unit]?.instance;
    if (instance === undefined) return [];
    return [[instance, described(generated, { bonds, needs, partOf, mayEnd: mayEnd(instance) })] as const];
  });
  const own = new Map<string, JudgedService[]>();
  for (const [instance, service] of found) own.set(instance, [...(own.get(instance) ?? []), service]);
  return {
    byService: new Map(found.map(([, one]) => [one.service, one])),
    own,
  };
}

interface Context {
  readonly bonds: Links;
  readonly needs: Links;
  readonly partOf: PartOf;
  readonly mayEnd: boolean;
}

function described({ service, unit, text, call }: GeneratedService, links: Context): JudgedService {
  const isPod = unitKindOf(unit) === "pod";
  const { role } = links.partOf(service);
  const members = [...links.bonds].flatMap(([name, targets]) => (targets.has(service) ? [name] : []));
  return {
    service,
    kind: kindOf(unit, lastValueOf(text, "Service", "Type")),
    role: isTemplate(service) ? "job" : role,
    isPod,
    sakes: new Set(isPod ? members : reached(service, links.bonds)),
    needs: links.needs.get(service) ?? new Set(),
    mayEnd: links.mayEnd || role === "triggered" || role === "static",
    actsOnHealth: ((call && lastOf(call.flags, "health-on-failure")) ?? "none") !== "none",
    isChecked: ((call && lastOf(call.flags, "health-cmd")) ?? "none") !== "none",
  };
}

function kindOf(unit: string, type: string | undefined): JudgedService["kind"] {
  const kind = unitKindOf(unit);
  if (kind === "network" || kind === "volume" || kind === "image" || kind === "build") return "object";
  // Timers, sockets, paths and targets have no process that could end.
  if (isPlain(unit) && plainKindOf(unit) !== "service") return "object";
  return type === "oneshot" ? "finite" : "process";
}

/** Everything that systemd stops a service with, directly or not. */
function reached(service: string, bonds: Links): readonly string[] {
  const found = new Set<string>();
  const queue = [...(bonds.get(service) ?? [])];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name === service || found.has(name)) continue;
    found.add(name);
    queue.push(...(bonds.get(name) ?? []));
  }
  return [...found];
}
