import type { Inventory } from "../model/inventory.ts";
import { type Change, movedTo } from "../model/plan.ts";
import type { JudgingRules, TextInForce } from "../model/text-in-force.ts";
import type { Unit } from "../model/unit.ts";
import type { Links } from "../quadlet/links.ts";
import { type Now, textDigest, withText } from "../state/index.ts";

/** What an apply is about to put in force. */
export interface BegunTexts {
  readonly changes: readonly Change[];
  /** The effective desired state. */
  readonly units: readonly Unit[];
  readonly revision: string | null;
  readonly rulesOf: (instance: string) => JudgingRules;
  /** The digest by which a failed attempt of an instance is remembered. */
  readonly attemptOf: (instance: string) => string;
  /** Service to the services that it needs. */
  readonly needs: Links;
  /** Instances that return to another text. Their state follows from that text. */
  readonly puttingBack: ReadonlySet<string>;
  readonly now: Now;
}

/**
 * Notes before the first effect which texts are fresh from now on, and whose count begins anew because they
 * are restarted.
 */
export function beginTexts(inventory: Inventory, begun: BegunTexts): Inventory {
  const { changes, puttingBack, now } = begun;
  const names = [...new Set(changes.map(({ instance }) => instance))].filter(
    (name) => !puttingBack.has(name),
  );
  const renewed = names.filter((name) => hasNewText(inventory, name, begun));
  return names.reduce((known, name) => {
    const text = known.texts[name];
    if (renewed.includes(name)) return withFresh(known, name, begun);
    // A comment that changes restarts nothing, and the count goes on.
    if (text === undefined || (text.state !== "good" && !isRestarted(name, changes))) return known;
    const { stopped: _stopped, ...rest } = text;
    return withText(known, name, { ...rest, from: { boot: now.boot, ms: now.ms }, runs: {} });
  }, inventory);
}

function isRestarted(name: string, changes: readonly Change[]): boolean {
  return changes.some(({ instance, action, reloadOnly }) => {
    return instance === name && action !== "none" && !reloadOnly;
  });
}

/** Whether changes put another text, or another image, of an instance in force. */
function hasNewText({ units }: Inventory, instance: string, { changes, units: wanted }: BegunTexts): boolean {
  const stays = wanted.some((unit) => unit.instance === instance);
  return changes.some((change) => {
    const { action, reloadOnly, unit, digest } = change;
    if (change.instance !== instance || reloadOnly) return false;
    if (action === "delete") return stays;
    const owned = units[unit];
    const isOther = owned?.digest !== digest || owned.pending !== undefined;
    return movedTo(change) !== undefined || (isOther && action !== "none");
  });
}

function withFresh(inventory: Inventory, instance: string, begun: BegunTexts): Inventory {
  const { units, revision, now } = begun;
  const own = units.filter((unit) => unit.instance === instance);
  const restarted = restartedFor(instance, inventory, begun);
  const text: TextInForce = {
    state: "fresh",
    since: now.iso,
    digest: textDigest(own),
    attempt: begun.attemptOf(instance),
    revision,
    images: {},
    rules: begun.rulesOf(instance),
    from: { boot: now.boot, ms: now.ms },
    runs: {},
    ...(restarted.length > 0 ? { restarted } : {}),
  };
  const after = withText(inventory, instance, text);
  return { ...after, due: after.due.filter((name) => name !== instance), settlingRevision: null };
}

/** The services of good instances that restart because they need a unit of this one. */
export function restartedFor(
  instance: string,
  { texts }: Pick<Inventory, "texts">,
  { changes, needs }: Pick<BegunTexts, "changes" | "needs">,
): readonly string[] {
  const reached = new Set(
    changes.flatMap((one) => (one.instance === instance && one.service !== null ? [one.service] : [])),
  );
  for (let known = -1; known !== reached.size; ) {
    known = reached.size;
    for (const [service, targets] of needs)
      if ([...targets].some((target) => reached.has(target))) reached.add(service);
  }
  return changes.flatMap(({ service, instance: other, action }) => {
    const isGood = texts[other]?.state === "good" && other !== instance && action === "restart";
    return service !== null && isGood && reached.has(service) ? [service] : [];
  });
}

/** Notes when quadgate asked systemd for the starts. Good texts have no use for that, except in `of`. */
export function withStarts(
  inventory: Inventory,
  starts: ReadonlyMap<string, number>,
  of: readonly string[] = [],
): Inventory {
  const texts = Object.entries(inventory.texts).map(([name, text]) => {
    if (text.state === "good" && !text.back && !of.includes(name)) return [name, text] as const;
    const own = [...starts].filter(
      ([service]) =>
        text.restarted?.includes(service) ||
        Object.values(inventory.units).some((unit) => unit.instance === name && unit.service === service),
    );
    const asked = own.map(([service, askedMs]) => [service, { invocation: "", askedMs }] as const);
    return [name, { ...text, runs: { ...text.runs, ...Object.fromEntries(asked) } }] as const;
  });
  return { ...inventory, texts: Object.fromEntries(texts) };
}
