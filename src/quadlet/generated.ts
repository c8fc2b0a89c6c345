import type { GeneratorMessage, GeneratorOutput } from "../model/live.ts";
import type { SpecifierFacts } from "./argv/expand-specifiers.ts";
import type { PodmanCall } from "./argv/podman-call.ts";
import { serviceCommand } from "./argv/service-command.ts";
import { parseUnitText, type UnitText } from "./argv/unit-text.ts";
import type { NeedFacts } from "./facts.ts";

/** What podman's own generator makes of a set of Quadlet sources, taken apart. */
export interface Generated {
  /** By service name. */
  readonly services: ReadonlyMap<string, GeneratedService>;
  /** By Unit.name of the source; units of which the generator makes no service are left out. */
  readonly byUnit: ReadonlyMap<string, GeneratedService>;
  readonly messages: readonly GeneratorMessage[];
  /** Whether the generator crashed, so that `services` may be incomplete; absent: it did not. */
  readonly crashed?: true;
}

export interface GeneratedService extends ServiceText {
  /** `jellyfin.service` */
  readonly service: string;
  /** Unit.name of the Quadlet source it comes from. */
  readonly unit: string;
  /** The podman command that it stands for; undefined where it has none. */
  readonly call: PodmanCall | undefined;
}

/** A service's unit file, taken apart; paths of its sources are those of the unit directory. */
export interface ServiceText {
  readonly text: UnitText;
}

/** Services by name, whoever they are known from: the generator, or systemd that has them loaded. */
export type ServiceTexts = ReadonlyMap<string, ServiceText>;

/** Takes apart what the generator printed. To be done once, where it comes back from the host. */
export function parseGenerated(output: GeneratorOutput, facts: NeedFacts): Generated {
  const { folder, messages, crashed } = output;
  const services = [...output.services.values()].map(({ service, unit, text }): GeneratedService => {
    const found = moved(parseUnitText(text), folder, facts.unitDir);
    return { service, unit, text: found, call: serviceCommand(found, service, facts) };
  });
  return {
    services: new Map(services.map((one) => [one.service, one])),
    // Of several services of one unit the first counts.
    byUnit: new Map(services.toReversed().map((one) => [one.unit, one])),
    messages,
    ...(crashed === undefined ? {} : { crashed }),
  };
}

/** Takes apart the texts that systemd has loaded. To be done once, where the host has been looked at. */
export function parseLoaded(texts: ReadonlyMap<string, string>): ServiceTexts {
  return new Map([...texts].map(([service, text]) => [service, { text: parseUnitText(text) }]));
}

/** A template's service as the one of its instances that has this name. */
export function asInstance(
  template: GeneratedService,
  service: string,
  facts: SpecifierFacts,
): GeneratedService {
  return { ...template, service, call: serviceCommand(template.text, service, facts) };
}

function moved(text: UnitText, folder: string, unitDir: string): UnitText {
  if (folder === "") return text;
  const sections = [...text].map(([section, settings]) => {
    if (!settings.some(({ value }) => value.includes(folder))) return [section, settings] as const;
    const values = settings.map(({ key, value }) => ({ key, value: value.replaceAll(folder, unitDir) }));
    return [section, values] as const;
  });
  return new Map(sections);
}
