import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { digestOf } from "../../../src/lib/digest.ts";
import type { DriftReport, FieldDrift } from "../../../src/model/drift.ts";
import { type Json, type LiveState, listAt, type ServiceState, textAt } from "../../../src/model/live.ts";
import { driftOf, type RecordedDrift } from "../../support/recorded-drift.ts";

/** The podman versions whose hosts were recorded, with the units of test/lab/drift-rows.test.ts. */
export type Recorded = "5.4" | "5.8";

/** Limits that the recordings are older than. */
const UNLIMITED = {
  memoryMin: 0,
  memoryLow: 0,
  memoryZSwapMax: null,
  startupCpuWeight: null,
  startupIoWeight: null,
};

/** Reads a recorded host; each call gives a copy of its own. */
export function recorded(version: Recorded): RecordedDrift {
  const path = join(import.meta.dirname, "fixtures", `podman-${version}.json`);
  const host = JSON.parse(readFileSync(path, "utf8"));
  return {
    revision: null,
    host: host.facts.name,
    observedAt: host.live.observedAt,
    units: host.units,
    facts: host.facts,
    ignore: new Map(),
    generated: { ...host.generated, services: new Map(host.generated.services) },
    live: {
      pods: [],
      secrets: secretsOf(host.live.containers),
      imageDetails: [],
      inputs: new Map(),
      obstacles: new Map(),
      ...host.live,
      files: new Map(host.live.files),
      generated: new Map(host.live.generated),
      services: new Map(
        host.live.services.map(([name, state]: [string, object]) => [name, { ...UNLIMITED, ...state }]),
      ),
    },
  };
}

/** The two secrets that the recorded unit uses. */
function secretsOf(containers: readonly Json[]): readonly Json[] {
  const mounted = containers.flatMap((container) => listAt(container, "Config", "Secrets"));
  const id = textAt(mounted[0], "ID");
  const secret = (ID: string, Name: string) => ({ ID, UpdatedAt: "2025-01-01T00:00:00Z", Spec: { Name } });
  return [secret(id, "filekey"), secret("a".repeat(25), "apikey")];
}

/** The recorded host with its one container changed by `change`, as podman would show it then. */
export function withContainer(input: RecordedDrift, change: (container: never) => void): RecordedDrift {
  const containers = structuredClone(input.live.containers);
  for (const container of containers) change(container as never);
  return withLive(input, { containers });
}

export function withLive(input: RecordedDrift, live: Partial<LiveState>): RecordedDrift {
  return { ...input, live: { ...input.live, ...live } };
}

export function withService(
  input: RecordedDrift,
  service: string,
  change: Partial<ServiceState>,
): RecordedDrift {
  const state = input.live.services.get(service);
  if (state === undefined) throw new Error(`there is no ${service}`);
  return withLive(input, { services: new Map(input.live.services).set(service, { ...state, ...change }) });
}

/** The host with other desired units: `change` rewrites the text of a unit and of its service alike. */
export function withDesired(
  input: RecordedDrift,
  unit: string,
  change: (text: string) => string,
): RecordedDrift {
  const services = [...input.generated.services].map(([name, service]) =>
    service.unit === unit
      ? ([name, { ...service, text: change(service.text) }] as const)
      : ([name, service] as const),
  );
  return {
    ...input,
    generated: { ...input.generated, services: new Map(services) },
    units: input.units.map((candidate) => {
      if (candidate.name !== unit) return candidate;
      const content = change(candidate.content);
      return { ...candidate, content, digest: digestOf(content) };
    }),
  };
}

export function fieldsOf(report: DriftReport<unknown>, unit: string): readonly FieldDrift[] {
  return report.instances.flatMap(({ units }) =>
    units.filter((found) => found.unit === unit).flatMap(({ fields }) => fields),
  );
}

/** What differs, as `unit field`; warnings are in brackets. A plan, which asks for nothing else, is told the same. */
export function differing(input: RecordedDrift): readonly string[] {
  const all = differencesIn(input);
  expect(differencesIn({ ...input, differencesOnly: true, ignore: new Map() })).toEqual(
    differencesIn({ ...input, ignore: new Map() }),
  );
  return all;
}

function differencesIn(input: RecordedDrift): readonly string[] {
  return driftOf(input).instances.flatMap(({ units }) =>
    units.flatMap(({ unit, fields }) =>
      fields
        .filter(({ status }) => status !== "match")
        .map(({ field, status }) => `${unit} ${status === "warning" ? `(${field})` : field}`),
    ),
  );
}

/** The one field of the container that differs. */
export function onlyField(input: RecordedDrift): FieldDrift {
  const [field, ...others] = fieldsOf(driftOf(input), "rich.container").filter(
    ({ status }) => status !== "match",
  );
  if (field === undefined || others.length > 0)
    throw new Error(`not one field: ${differing(input).join(", ")}`);
  return field;
}

/** What differs, as `UNIT FIELD`. */
export function differencesOf({ instances }: Pick<DriftReport<unknown>, "instances">): readonly string[] {
  return instances.flatMap(({ units }) =>
    units.flatMap(({ unit, fields }) =>
      fields.filter(({ status }) => status !== "match").map(({ field }) => `${unit} ${field}`),
    ),
  );
}
