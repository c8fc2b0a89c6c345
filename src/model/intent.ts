import { digestOf } from "../lib/digest.ts";
import { type Change, movedTo, type Plan } from "./plan.ts";

/** What a plan does to one unit, as data: the words for it may change without a change of the data. */
export interface Intent
  extends Pick<Change, "unit" | "action" | "digest" | "hooks" | "folders" | "reloadOnly"> {
  /** The image that the change brings if its tag has moved (`movedTo`). */
  readonly image?: string;
}

export function intentOf(change: Change): Intent {
  const { unit, action, digest, hooks, folders, reloadOnly } = change;
  const image = movedTo(change);
  return {
    unit,
    action,
    digest,
    ...(hooks === undefined ? {} : { hooks }),
    ...(folders === undefined ? {} : { folders }),
    ...(image === undefined ? {} : { image }),
    ...(reloadOnly === undefined ? {} : { reloadOnly }),
  };
}

/** What a plan brings about, in its order. */
export function intentsOf({ changes }: Pick<Plan, "changes">): readonly Intent[] {
  return changes.filter(({ action }) => action !== "none").map(intentOf);
}

/** `Plan.digest` */
export function planDigest(host: string, changes: readonly Change[]): string {
  const intents = intentsOf({ changes }).map((intent) => {
    const { unit, action, digest, hooks = null, image, reloadOnly } = intent;
    const more = [...(image === undefined ? [] : [image]), ...(reloadOnly ? [{ reloadOnly }] : [])];
    // In this form, plans without folders keep the digests that they have always had.
    return [unit, action, digest, hooks, folderKeys(intent), ...more];
  });
  return digestOf(JSON.stringify([host, intents]));
}

/** An intent that a person has approved. If its sync is cut short, the rest may need another action. */
export interface ApprovedIntent extends Omit<Intent, "action"> {
  /** The id of its image was not known yet, because it had to be pulled or built first. */
  readonly learns?: true;
}

/**
 * Whether two intents have the same effect apart from folders and images: the rest of a plan may find some
 * folders already made, and may know more about its images.
 */
export function intentKey({ unit, digest, hooks, reloadOnly }: ApprovedIntent): string {
  return JSON.stringify([unit, digest, hooks, ...(reloadOnly ? [{ reloadOnly }] : [])]);
}

/**
 * Whether an intent does no more than the one that was approved. An image's id that was first learned by its
 * pull is no more; another id than the approved one is.
 */
export function isWithin(left: ApprovedIntent, approved: ApprovedIntent | undefined): boolean {
  if (approved === undefined || intentKey(left) !== intentKey(approved)) return false;
  if (!approved.learns && left.image !== approved.image) return false;
  const known = new Set(folderKeys(approved));
  return folderKeys(left).every((key) => known.has(key));
}

/** What a plan brings about, with a note of which of its instances have images that are not known yet. */
export function learningIntents(
  { changes }: Pick<Plan, "changes">,
  learning: ReadonlySet<string>,
): readonly (Intent & ApprovedIntent)[] {
  return changes
    .filter(({ action }) => action !== "none")
    .map((change) => {
      const intent = intentOf(change);
      return learning.has(change.instance) && intent.image === undefined
        ? { ...intent, learns: true as const }
        : intent;
    });
}

/** The folders that an intent makes, each with everything that was approved about it. */
function folderKeys({ folders = [] }: Pick<Intent, "folders">): readonly string[] {
  return folders.map(({ path, mode, owner, nocow }) =>
    JSON.stringify([path, mode, owner?.uid, owner?.gid, nocow]),
  );
}
