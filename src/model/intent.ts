import { digestOf } from "../lib/digest.ts";
import { type Change, movedTo, type Plan } from "./plan.ts";

/** What a plan does to one unit, as data: people's words for it may change, and it stays the same. */
export interface Intent extends Pick<Change, "unit" | "action" | "digest" | "hooks" | "folders"> {
  /** The image that the change brings where its tag has moved (`movedTo`). */
  readonly image?: string;
}

export function intentOf(change: Change): Intent {
  const { unit, action, digest, hooks, folders } = change;
  const image = movedTo(change);
  return {
    unit,
    action,
    digest,
    ...(hooks === undefined ? {} : { hooks }),
    ...(folders === undefined ? {} : { folders }),
    ...(image === undefined ? {} : { image }),
  };
}

/** What a plan brings about, in its order. */
export function intentsOf({ changes }: Pick<Plan, "changes">): readonly Intent[] {
  return changes.filter(({ action }) => action !== "none").map(intentOf);
}

/** `Plan.digest` */
export function planDigest(host: string, changes: readonly Change[]): string {
  const intents = intentsOf({ changes }).map((intent) => {
    const { unit, action, digest, hooks = null, image } = intent;
    // In this form, plans without folders have the digests that they have always had.
    return [unit, action, digest, hooks, folderKeys(intent), ...(image === undefined ? [] : [image])];
  });
  return digestOf(JSON.stringify([host, intents]));
}

/** An intent that a person has approved. If its sync is cut short, the rest may need another action. */
export type ApprovedIntent = Omit<Intent, "action">;

/** Whether two intents bring about the same, but for folders: what is left of one may find some made. */
export function intentKey({ unit, digest, hooks, image }: ApprovedIntent): string {
  return JSON.stringify([unit, digest, hooks, image]);
}

/** The folders that an intent makes, each with all that is approved of it. */
export function folderKeys({ folders = [] }: Pick<Intent, "folders">): readonly string[] {
  return folders.map(({ path, mode, owner, nocow }) =>
    JSON.stringify([path, mode, owner?.uid, owner?.gid, nocow]),
  );
}
