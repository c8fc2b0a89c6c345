import type { ListedContainer } from "../model/host.ts";
import { type Inventory, isBegun } from "../model/inventory.ts";
import { LABEL_SYSTEMD_UNIT, LOOK_TIMEOUT_MS, type ServiceState } from "../model/live.ts";
import type { TextInForce } from "../model/text-in-force.ts";
import { readImageKey } from "../model/unit.ts";
import type { Context } from "../planning/context.ts";
import { localImages } from "../quadlet/images.ts";
import { noteImages, reopen } from "../state/index.ts";
import { type FactsOf, isEdited, nowOf } from "./in-force-facts.ts";

/** A unit of a good text whose container has come up with another image than before. */
interface OtherImage {
  readonly instance: string;
  /** Of `TextInForce.images`. */
  readonly key: string;
  readonly service: string;
  /** For a `.kube`: the name of its container. */
  readonly container?: string;
  readonly id: string;
  /** podman moves it by itself (`AutoUpdate=`), and takes back what does not start. */
  readonly isPodmans: boolean;
}

type ImageContext = Pick<Context, "host" | "state">;

/**
 * Finds good texts whose containers have come up with other images than before: somebody moved a tag, and
 * the service started again since. They have to settle again. The daemon's looks between two syncs leave this
 * to the next sync, because most of them need not ask podman for anything. Writes nothing.
 */
export async function withOtherImages(
  context: ImageContext,
  before: Inventory,
  factsOf: FactsOf,
): Promise<Inventory> {
  const good = Object.keys(before.texts).filter((name) => isProven(before, name));
  if (good.length === 0 || before.generation === null) return before;
  const found = await otherImages(context, before, { good, factsOf });
  if (found.length === 0) return before;
  const suspended = await context.state.readSuspensions(context.host.clock.now().getTime());
  let inventory = before;
  for (const instance of new Set(found.map((one) => one.instance))) {
    const own = found.filter((one) => one.instance === instance);
    if (suspended.has(instance) || before.suspended.includes(instance)) continue;
    if (await isEdited(context, before, instance)) continue;
    const images = Object.fromEntries(own.map(({ key, id }) => [key, id]));
    if (own.every(({ isPodmans }) => isPodmans)) inventory = noteImages(inventory, instance, images);
    else inventory = reopen(inventory, instance, { images, ...(await sinceOf(context, before, own)) });
  }
  return inventory;
}

/** Whether nothing is judged of a text any more. */
function isProven(inventory: Inventory, instance: string): boolean {
  const text = inventory.texts[instance];
  const isDone = text?.state === "good" && text.back === undefined;
  return isDone && !inventory.due.includes(instance) && !isBegun(inventory, instance);
}

async function otherImages(
  context: ImageContext,
  inventory: Inventory,
  { good, factsOf }: { readonly good: readonly string[]; readonly factsOf: FactsOf },
): Promise<readonly OtherImage[]> {
  const known = good.flatMap((instance) => knownUnits(inventory, instance));
  if (known.length === 0) return [];
  const containers = await context.host.within(LOOK_TIMEOUT_MS).podman.listed();
  const seen = known.flatMap((one) => {
    const found = containers.find((other) => isOf(one, other));
    if (found === undefined) return [];
    const { imageId: id } = found;
    return id === "" || id === one.id ? [] : [{ ...one, id, isPodmans: isPodmans(found) }];
  });
  const unseen = known.filter((one) => !containers.some((other) => isOf(one, other)));
  return [...seen, ...(await failedImages(context, inventory, { unseen, factsOf }))];
}

type KnownUnit = Omit<OtherImage, "isPodmans">;

function isOf({ service, container }: KnownUnit, { labels, name }: ListedContainer): boolean {
  return labels[LABEL_SYSTEMD_UNIT] === service && (container === undefined || name === container);
}

/** The containers of an instance of which it is known what they ran. */
function knownUnits({ texts, units }: Inventory, instance: string): readonly KnownUnit[] {
  return Object.entries(texts[instance]?.images ?? {}).flatMap(([key, id]) => {
    const { unit, ...played } = readImageKey(key);
    const service = units[unit]?.service ?? null;
    return service === null ? [] : [{ instance, key, service, id, ...played }];
  });
}

/** Whether `podman auto-update` moves a container to newer images. */
function isPodmans({ labels }: ListedContainer): boolean {
  const policy = labels["io.containers.autoupdate"] ?? "";
  return policy !== "" && policy !== "disabled";
}

/**
 * The images with which services failed whose containers are gone: those that their names mean now, if
 * systemd has started them since they were good.
 */
async function failedImages(
  { host }: ImageContext,
  inventory: Inventory,
  { unseen, factsOf }: { readonly unseen: readonly KnownUnit[]; readonly factsOf: FactsOf },
): Promise<readonly OtherImage[]> {
  if (unseen.length === 0 || inventory.generation === null) return [];
  const { systemd, podman } = host.within(LOOK_TIMEOUT_MS);
  const states = await systemd.services(unseen.map(({ service }) => service));
  const failed = unseen.filter(({ instance, service }) =>
    hasFailed(states.get(service), inventory.texts[instance], host.facts.bootId),
  );
  if (failed.length === 0) return [];
  const [{ generated }, images] = await Promise.all([factsOf(inventory.generation), podman.images()]);
  const local = localImages(
    failed.map(({ key }) => key),
    { generated, images },
  );
  return failed.flatMap((one) => {
    const id = local[one.key];
    return id === undefined || id === one.id ? [] : [{ ...one, id, isPodmans: false }];
  });
}

function hasFailed(state: ServiceState | undefined, text: TextInForce | undefined, boot: string): boolean {
  if (state === undefined) return false;
  const isDown = state.activeState === "failed" || state.subState === "auto-restart";
  return isDown && (state.restarts > 0 || text?.from.boot !== boot);
}

/** The count begins with the start that brought the other image. */
async function sinceOf(
  context: ImageContext,
  { texts }: Inventory,
  own: readonly OtherImage[],
): Promise<Omit<Parameters<typeof reopen>[2], "images">> {
  const { host } = context;
  const now = nowOf(context);
  const states = await host.systemd.services(own.map(({ service }) => service));
  const starts = [...states.values()].map((one) => one.mainStartedAtMs ?? one.startedAtMs ?? now.ms);
  const from = { boot: now.boot, ms: Math.min(now.ms, ...starts) };
  const isBoot = own.some(({ instance }) => texts[instance]?.from.boot !== now.boot);
  return { from, now, ...(isBoot ? { booting: true as const } : {}) };
}
