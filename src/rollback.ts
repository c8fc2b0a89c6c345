import type { Context } from "./context.ts";
import { openState } from "./history/index.ts";
import { QuadgateError } from "./model/errors.ts";
import { mergeSettings } from "./model/settings.ts";
import { TREE_ROOTS } from "./model/tree.ts";
import { clonePath, fetchHead } from "./source/index.ts";

export interface Reverted {
  /** The revision whose content is in force in git again. */
  readonly target: string;
  /** The new head. */
  readonly revision: string;
  /** Subjects of the commits that were undone, newest first. */
  readonly undone: readonly string[];
}

const MAX_UNDONE = 100;

/**
 * Makes a new commit that puts everything quadgate reads back as it was at a revision; by default the last
 * one that was verified on this host before the head. Never rewrites history. The sync is the caller's.
 */
export async function revertInGit(context: Context, revision: string | undefined): Promise<Reverted> {
  const { host } = context;
  const settings = mergeSettings(context.layers);
  const head = (await fetchHead(host, settings)).revision ?? "";
  const clone = clonePath(host.facts.stateDir);
  const target =
    revision === undefined ? await lastVerified(context, head) : await host.git.resolve(clone, revision);
  if (target === undefined) {
    throw new QuadgateError("revision-unknown", `the repository has no revision "${revision}"`, {
      hint: "quadgate history lists the revisions that were applied on this host",
    });
  }
  if (target === head) {
    throw new QuadgateError(
      "revision-unknown",
      "that revision is the branch's head: there is nothing to revert",
      {
        hint: "name an earlier revision; quadgate history lists them",
      },
    );
  }
  const log = await host.git.log(clone, head, MAX_UNDONE);
  const end = log.findIndex((entry) => entry.id === target);
  const undone = (end < 0 ? log : log.slice(0, end)).map(
    ({ id, subject }) => `${id.slice(0, 12)} ${subject}`,
  );
  const subject = log.find((entry) => entry.id === target)?.subject;
  const prefix = settings.path === "." ? "" : `${settings.path.replace(/\/+$/, "")}/`;
  const created = await host.git.revertTo({
    repository: settings.repository ?? "",
    clone,
    branch: settings.branch,
    target,
    paths: TREE_ROOTS.map((root) => prefix + root),
    message: messageFor(target, subject, undone),
  });
  return { target, revision: created, undone };
}

function messageFor(target: string, subject: string | undefined, undone: readonly string[]): string {
  const title = `Roll back to ${target.slice(0, 12)}${subject === undefined ? "" : `: ${subject}`}`;
  return `${title.slice(0, 72)}\n\nMade by quadgate rollback. This undoes:\n\n${undone.map((line) => `- ${line}`).join("\n")}\n`;
}

async function lastVerified(context: Context, head: string): Promise<string> {
  const records = await openState(context.host).readRecords();
  const good = records.filter(
    ({ revision, appliedRevision }) => revision === appliedRevision && revision !== head,
  );
  const revision = good.at(-1)?.revision;
  if (revision) return revision;
  throw new QuadgateError("revision-unknown", "no earlier revision was verified on this host", {
    hint: "name the revision: quadgate rollback REVISION",
  });
}
