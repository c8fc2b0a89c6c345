import { imageName, splitImageReference } from "../../lib/image-reference.ts";
import type { DiffEntry } from "../../model/drift.ts";
import { type Change, movedTo, type RiskTerm, restartsService } from "../../model/plan.ts";
import type { GateInput } from "../input.ts";
import { neededBy } from "./needed-services.ts";
import { RISK_WEIGHTS } from "./weights.ts";

const WEIGHTS = RISK_WEIGHTS.image;
/** In the unit's own text, and in what runs now, which drop-ins and other units determine too. */
const IN_TEXT = /^(Container|Image)\.Image$/;
const RUNNING = /^image\.name$/;
const PLAYED = /^containers\./;

/** The key of a container that runs from a folder instead of an image. */
const ROOTFS = "Container.Rootfs";
/** What a unit's text names if another unit provides the image. */
const BY_UNIT = /\.(image|build)$/;

/** Images that change their major version, or for which quadgate cannot decide whether they do. */
export function imageVersions(input: GateInput): readonly RiskTerm[] {
  const changes = input.plan.changes.filter(restartsService);
  const inTexts = new Map(changes.map((change) => [change, inText(change, input)]));
  const named = new Set([...inTexts.values()].flatMap((entries) => entries.map(keyOf)));
  return changes.flatMap((change) => {
    const running = change.diff.filter((entry) => isRunning(change, entry) && !named.has(keyOf(entry)));
    const entries = [...(inTexts.get(change) ?? []), ...running];
    const isNamed = change.diff.some(({ path }) => RUNNING.test(path));
    return [
      ...entries.flatMap((entry) => termOf(input, change, entry) ?? []),
      ...folderTerms(input, change),
      ...(movedTo(change) !== undefined && !isNamed
        ? [unclear(`${change.unit}: its tag has moved to another image`)]
        : []),
    ];
  });
}

/** The images that a unit's text names, before and after. An image that another unit provides is resolved. */
function inText({ unit, diff }: Change, { images }: GateInput): readonly DiffEntry[] {
  const image = images.get(unit);
  const named = (text: string | null, meant: string | undefined) =>
    text !== null && BY_UNIT.test(text) ? (meant ?? text) : text;
  return diff
    .filter(({ path }) => IN_TEXT.test(path))
    .map(({ path, from, to }) => ({
      path,
      from: named(from, image?.running[0]?.name),
      to: named(to, image?.reference),
    }));
}

/**
 * A change from an image to a folder, or back, counts as another image. quadgate cannot compare two folders
 * because it does not know what is in them.
 */
function folderTerms(input: GateInput, change: Change): readonly RiskTerm[] {
  const folder = change.diff.find(({ path }) => path === ROOTFS);
  if (folder === undefined) return [];
  const image = change.diff.find(({ path }) => path === "Container.Image");
  const from = folder.from ?? image?.from ?? "no image";
  const to = folder.to ?? image?.to ?? "no image";
  if (folder.from !== null && folder.to !== null) return [cannotCompare(change, from, to)];
  return [term(input, change, `gets another image, ${from} -> ${to}`)];
}

function isRunning({ unit }: Change, { path }: DiffEntry): boolean {
  return RUNNING.test(path) || (unit.endsWith(".kube") && PLAYED.test(path));
}

/**
 * Equal for a unit's text and for the containers made from it, so that one change of an image counts once.
 */
function keyOf({ from, to }: DiffEntry): string {
  return JSON.stringify([from, to].map((text) => parseImage(text ?? "")));
}

function unclear(message: string): RiskTerm {
  return { code: "risk-image-unclear", message, weight: WEIGHTS.unclear };
}

function termOf(input: GateInput, change: Change, { from, to }: DiffEntry): RiskTerm | undefined {
  if (from === null || to === null) return undefined;
  if (BY_UNIT.test(from) || BY_UNIT.test(to)) return cannotCompare(change, from, to);
  const [before, after] = [parseImage(from), parseImage(to)];
  if (before.name !== after.name)
    return term(input, change, `gets another image, ${before.name} -> ${after.name}`);
  if (isSame(before, after)) return undefined;
  const [old, fresh] = [majorOf(before.tag), majorOf(after.tag)];
  if (old === undefined || fresh === undefined) return cannotCompare(change, from, to);
  if (old !== fresh) return term(input, change, `${before.name} goes from ${before.tag} to ${after.tag}`);
  // podman pulls by digest, so the tag next to it may not belong to that image.
  return before.digest === after.digest ? undefined : cannotCompare(change, from, to);
}

function isSame(before: Image, after: Image): boolean {
  if (before.digest !== after.digest) return false;
  return before.digest !== undefined || (before.tag === after.tag && before.tag !== undefined);
}

function cannotCompare({ unit }: Change, from: string, to: string): RiskTerm {
  return unclear(`${unit}: the versions of ${from} and ${to} cannot be compared`);
}

function term(input: GateInput, { unit, service }: Change, what: string): RiskTerm {
  const needed = neededBy(input, service).length > 0;
  const message = `${unit}: ${what}${needed ? ", and others need it" : ""}`;
  return { code: "risk-image-major", message, weight: needed ? WEIGHTS.majorOfNeeded : WEIGHTS.major };
}

interface Image {
  /** The last part of the path, because a mirror has the same image under another path. */
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function parseImage(reference: string): Image {
  const { repository, tag, digest } = splitImageReference(reference);
  return { name: imageName(repository), tag, digest };
}

/**
 * The part of a version whose change may break something. Below version 1 that includes the second number
 * (semver.org, item 4).
 */
function majorOf(tag: string | undefined): string | undefined {
  const [, major, minor] = /^v?(\d+)(?:\.(\d+))?(?:[.\-_+]|$)/i.exec(tag ?? "") ?? [];
  if (major === undefined) return undefined;
  return Number(major) === 0 && minor !== undefined ? `0.${Number(minor)}` : String(Number(major));
}
