import { shownLines, sinceLastStop } from "../apply/index.ts";
import type { Inventory } from "../model/inventory.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import { unitKindOf } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { localImages } from "../quadlet/images.ts";
import { neededBy } from "../quadlet/links.ts";
import { markEnded, type Now, proveGood, settle, withText } from "../state/index.ts";
import type { TextVerdict } from "../verify/index.ts";
import { failedUnits } from "./failed-units.ts";
import type { JudgingFacts } from "./in-force-facts.ts";

/** How many of a service's last lines are shown and kept when its text has ended. */
const LAST_LINES = 30;

interface EndedText {
  readonly instance: string;
  readonly verdict: Extract<TextVerdict, { kind: "ended" }>;
  readonly now: Now;
  readonly facts: JudgingFacts;
}

/** The inventory once a text has ended. What it had reached before counts, although no look saw it. */
export async function ended(
  context: Context,
  before: Inventory,
  { instance, verdict, now, facts }: EndedText,
): Promise<Inventory> {
  const settled = verdict.reached === "fresh" ? before : settle(before, instance, now);
  if (verdict.reached === "good") return proveGood(settled, instance, now);
  const output = await lastLines(context, verdict.service);
  const message = `${verdict.service}: ${verdict.message}`;
  const started = await startedImages(context, settled, instance, facts);
  const known = withStarted(settled, instance, started);
  const needs = neededBy(facts.generated.services);
  const units = Object.entries(before.units).map(([unit, owned]) => ({ unit, ...owned }));
  const failed = failedUnits(instance, [verdict.service], { units, needs });
  const said = output.length > 0 ? { output } : {};
  return markEnded(known, instance, { message, now, images: started, ...said, ...failed });
}

/** With another image than the one that has settled it is another text, and that one may come back. */
function withStarted(inventory: Inventory, instance: string, started: TextInForce["images"]): Inventory {
  const text = inventory.texts[instance];
  if (text === undefined || text.state !== "settled") return inventory;
  return withText(inventory, instance, { ...text, images: { ...started, ...text.images } });
}

/** The images that the containers of an instance were started with, if no look has seen all of them. */
async function startedImages(
  { host }: Pick<Context, "host">,
  { texts, units }: Inventory,
  instance: string,
  { generated }: JudgingFacts,
): Promise<TextInForce["images"]> {
  const own = Object.keys(units).filter((name) => units[name]?.instance === instance);
  const unseen = own.filter(
    (name) => unitKindOf(name) === "container" && texts[instance]?.images[name] === undefined,
  );
  return unseen.length === 0 ? {} : localImages(unseen, { generated, images: await host.podman.images() });
}

/** What a service wrote last, as it may be shown. */
export async function lastLines(
  { host }: Pick<Context, "host">,
  service: string,
): Promise<readonly string[]> {
  const text = await host.systemd.journal(service, LAST_LINES).catch(() => "");
  return shownLines(sinceLastStop(text.split("\n")));
}
