import type { SpecifierFacts } from "./argv/expand-specifiers.ts";
import type { PodmanCall } from "./argv/podman-call.ts";
import { serviceCommand } from "./argv/service-command.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { Generated, ServiceTexts } from "./generated.ts";

/** What is known of the services that make networks. */
export interface NetworkSources {
  readonly generated: Generated;
  /** The services as systemd has them loaded. */
  readonly loaded: ServiceTexts;
  readonly facts: SpecifierFacts;
}

/**
 * Podman's name of the network that a service is to make; undefined if it does not make one, or if only
 * systemd knows the name.
 */
export function networkWanted(service: string, { services }: Generated): string | undefined {
  return nameIn(services.get(service)?.call);
}

/** Podman's name of the network that the loaded service has made. */
function networkLoaded(
  service: string,
  { loaded, facts }: Omit<NetworkSources, "generated">,
): string | undefined {
  const found = loaded.get(service);
  return found && nameIn(serviceCommand(found.text, service, facts));
}

/**
 * Podman's name of the network that a unit has made, or else of the one that it is to make. If neither
 * systemd nor git knows the unit any more, this is the default name of podman's generator.
 */
export function networkOf(unit: string, service: string | null, sources: NetworkSources): string | undefined {
  const name = service ?? "";
  const isKnown = sources.loaded.has(name) || sources.generated.services.has(name);
  if (!isKnown) return `systemd-${unit.replace(/\.network$/, "")}`;
  return networkLoaded(name, sources) ?? networkWanted(name, sources.generated);
}

/** Podman's names of the networks that units make. */
export function networksMade(generated: Generated): ReadonlySet<string> {
  const services = [...generated.services.keys()];
  return new Set(services.flatMap((service) => networkWanted(service, generated) ?? []));
}

function nameIn(call: PodmanCall | undefined): string | undefined {
  const name = call?.subcommand === "network create" ? call.rest[0] : undefined;
  return name === undefined || isUnknown(name) ? undefined : name;
}
