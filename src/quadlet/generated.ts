import type { GeneratorMessage, GeneratorOutput } from "../model/live.ts";
import type { SpecifierFacts } from "./argv/expand-specifiers.ts";
import type { PodmanCall } from "./argv/podman-call.ts";
import { serviceCommand } from "./argv/service-command.ts";
import { parseUnitText, type UnitText } from "./argv/unit-text.ts";
import type { NeedFacts } from "./facts.ts";

/** What podman's own generator makes of a set of Quadlet sources, parsed. */
export interface Generated {
  /** By service name. */
  readonly services: ReadonlyMap<string, GeneratedService>;
  /** By Unit.name of the source. Units from which the generator makes no service are left out. */
  readonly byUnit: ReadonlyMap<string, GeneratedService>;
  readonly messages: readonly GeneratorMessage[];
  /** Set if the generator crashed, so that `services` may be incomplete. */
  readonly crashed?: true;
}

export interface GeneratedService extends ServiceText {
  /** `jellyfin.service`; for a plain unit its own name: `backup.timer`. */
  readonly service: string;
  /** Unit.name of the source it comes from. */
  readonly unit: string;
  /** Its podman command; undefined if it has none, as plain units do. */
  readonly call: PodmanCall | undefined;
  /** The unit file as the generator wrote it. The paths of its sources are those of the unit directory. */
  readonly raw: string;
}

/** A service's parsed unit file. The paths of its sources are those of the unit directory. */
export interface ServiceText {
  readonly text: UnitText;
  /** Set for a plain systemd unit, with the links by which it is enabled, as absolute paths. */
  readonly plain?: { readonly links: readonly string[] };
  /** Its podman command; absent if it is not known. */
  readonly call?: PodmanCall | undefined;
}

/** Services by name, as the generator makes them or as systemd has them loaded. */
export type ServiceTexts = ReadonlyMap<string, ServiceText>;

/** Parses what the generator printed. Do this once, as soon as it comes back from the host. */
export function parseGenerated(output: GeneratorOutput, facts: NeedFacts): Generated {
  const { folder, messages, crashed } = output;
  const services = [...output.services.values()].map(({ service, unit, text }): GeneratedService => {
    const raw = folder === "" ? text : text.replaceAll(folder, facts.unitDir);
    const found = parseUnitText(raw);
    return { service, unit, text: found, raw, call: serviceCommand(found, service, facts) };
  });
  return {
    services: new Map(services.map((one) => [one.service, one])),
    // If a unit has several services, the first counts.
    byUnit: new Map(services.toReversed().map((one) => [one.unit, one])),
    messages,
    ...(crashed === undefined ? {} : { crashed }),
  };
}

/** Parses the texts that systemd has loaded. Do this once, as soon as the host has been observed. */
export function parseLoaded(texts: ReadonlyMap<string, string>): ServiceTexts {
  return new Map([...texts].map(([service, text]) => [service, { text: parseUnitText(text) }]));
}

/** A template's service as its instance of this name. */
export function asInstance(
  template: GeneratedService,
  service: string,
  facts: SpecifierFacts,
): GeneratedService {
  return { ...template, service, call: serviceCommand(template.text, service, facts) };
}
