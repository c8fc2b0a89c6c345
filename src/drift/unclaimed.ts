import type { Suggestion, UnitDrift } from "../model/drift.ts";
import { at, type Json, objectAt, serviceOf, textAt } from "../model/live.ts";
import { LABEL_INSTANCE } from "../model/unit.ts";
import { templateOf } from "../quadlet/service-names.ts";
import type { DriftInput } from "./drift-input.ts";

/** A container that belongs to no unit, with the instance that its label names. */
export interface UnclaimedContainer {
  readonly instance: string;
  readonly drift: UnitDrift<Suggestion>;
}

/**
 * Containers with the label of quadgate or of a desired service for which there is no desired unit. A unit
 * that is gone has left them behind (orphaned), or someone has made them with these labels (foreign). `known`
 * has the ids of the containers of units.
 */
export function unclaimedContainers(
  input: DriftInput,
  known: ReadonlySet<string>,
): readonly UnclaimedContainer[] {
  const unclaimed = input.live.containers.flatMap((container) => {
    if (known.has(textAt(container, "Id"))) return [];
    return unclaimedOf(container, input) ?? [];
  });
  return unclaimed.filter(({ instance }) => input.only === undefined || input.only.has(instance));
}

function unclaimedOf(container: Json, input: DriftInput): UnclaimedContainer | undefined {
  const { generated, live, units } = input;
  const labelled = textAt(objectAt(container, "Config", "Labels"), LABEL_INSTANCE);
  const service = serviceOf(container);
  const own = generated.services.get(service) ?? generated.services.get(templateOf(service));
  if (own !== undefined) {
    const unit = units.find(({ name }) => name === own.unit);
    // Pods and YAML have containers of their own. Instances of templates are compared separately.
    if (unit === undefined || unit.kind !== "container" || own.service !== service) return undefined;
    const message = `its label names ${service}, but that service has another container`;
    return { instance: unit.instance, drift: unclaimedDrift(container, "foreign", message) };
  }
  if (labelled === "") return undefined;
  if (service === "") {
    const message = "it has quadgate's label, but no unit made it";
    return { instance: labelled, drift: unclaimedDrift(container, "foreign", message) };
  }
  const loaded = live.services.get(service)?.loadState;
  if (loaded === undefined || loaded === "loaded" || loaded === "masked") return undefined;
  const message = `it was left behind: systemd no longer has ${service}`;
  return { instance: labelled, drift: unclaimedDrift(container, "orphaned", message) };
}

/**
 * A foreign container is a warning. An orphaned one is drift: nothing starts, stops or updates it any more.
 */
function unclaimedDrift(
  container: Json,
  kind: "orphaned" | "foreign",
  message: string,
): UnitDrift<Suggestion> {
  const name = textAt(container, "Name");
  const status = kind === "orphaned" ? "drift" : "warning";
  const running = at(container, "State", "Running") === true;
  const live = `${kind} (${running ? "running" : textAt(container, "State", "Status") || "unknown"})`;
  const diff = [{ path: "container", from: null, to: live }];
  return {
    unit: name,
    service: serviceOf(container) || null,
    container: name,
    status,
    fields: [{ field: "container", status, desired: "none", live, message, cause: "state", diff }],
    suggestions: [{ kind: "remove-container", text: `podman rm --force ${name}` }],
  };
}
