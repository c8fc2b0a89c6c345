import type { Generated, LiveState } from "../model/live.ts";
import { serviceCommand } from "./argv/service-command.ts";
import { parseUnitText, type UnitText } from "./argv/unit-text.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import type { NeedFacts } from "./facts.ts";
import { textInPlace } from "./generated-text.ts";

/** What is known of the services that make networks. */
export interface NetworkSources {
  readonly generated: Generated;
  readonly live: Pick<LiveState, "generated">;
  readonly facts: NeedFacts;
}

/** Podman's name of the network that a service is to make; undefined where it makes none, or only systemd knows the name. */
export function networkWanted(
  service: string,
  { generated, facts }: Omit<NetworkSources, "live">,
): string | undefined {
  const found = generated.services.get(service);
  return found && nameIn(textInPlace(found, generated, facts), service, facts);
}

/** The same of the service as systemd has it loaded, which has made the network that is there. */
function networkLoaded(
  service: string,
  { live, facts }: Omit<NetworkSources, "generated">,
): string | undefined {
  const text = live.generated.get(service);
  return text === undefined ? undefined : nameIn(parseUnitText(text), service, facts);
}

/**
 * Podman's name of the network that a unit has made so far, or that it is to make. Of a unit that neither systemd nor git
 * knows any more that is the name which podman's generator gives where nobody names it.
 */
export function networkOf(unit: string, service: string | null, sources: NetworkSources): string | undefined {
  const name = service ?? "";
  const isKnown = sources.live.generated.has(name) || sources.generated.services.has(name);
  if (!isKnown) return `systemd-${unit.replace(/\.network$/, "")}`;
  return networkLoaded(name, sources) ?? networkWanted(name, sources);
}

/** Podman's names of the networks that units make. */
export function networksMade(generated: Generated, facts: NeedFacts): ReadonlySet<string> {
  const services = [...generated.services.keys()];
  return new Set(services.flatMap((service) => networkWanted(service, { generated, facts }) ?? []));
}

function nameIn(text: UnitText, service: string, facts: NeedFacts): string | undefined {
  const call = serviceCommand(text, service, facts);
  const name = call?.subcommand === "network create" ? call.rest[0] : undefined;
  return name === undefined || isUnknown(name) ? undefined : name;
}
