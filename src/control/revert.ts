import { QuadgateError } from "../model/errors.ts";
import type { Commit } from "../model/host.ts";
import { mergeSettings } from "../model/settings-schema.ts";
import { TREE_ROOTS } from "../model/tree.ts";
import type { Context } from "../planning/context.ts";
import { clonePath, fetchHead } from "../source/index.ts";

export interface RevertResult {
  /** The revision whose content git has again. */
  readonly target: string;
  /** The new head. */
  readonly revision: string;
  /** Subjects of the commits that were undone, newest first. */
  readonly undone: readonly string[];
}

/** How many commits to look at, and how many of them a message may list. */
const MAX_COMMITS = 2_000;
const MAX_UNDONE = 100;

/** The line of a revert's message that names its target. The next revert continues from there. */
const TARGET_LINE = "Rolled-back-to: ";

/**
 * Makes a new commit that restores everything quadgate reads as of a revision. The default is the last
 * revision before the head that was verified on this host. Skips reverts and what they undid, so that each
 * goes one revision further back. Never rewrites history. The caller syncs.
 */
export async function revertInGit(context: Context, revision: string | undefined): Promise<RevertResult> {
  const { host } = context;
  const settings = mergeSettings(context.layers);
  const head = (await fetchHead(host, settings)).revision ?? "";
  const clone = clonePath(host.facts.stateDir);
  const log = await host.git.log(clone, head, MAX_COMMITS);
  const target =
    revision === undefined ? await lastVerified(context, log) : await host.git.resolve(clone, revision);
  if (target === undefined) {
    throw new QuadgateError("revision-unknown", `the repository has no revision "${revision}"`, {
      hint: "quadgate history lists the revisions that were applied on this host",
    });
  }
  if (target === head) {
    const message = "that revision is the branch's head: there is nothing to revert";
    throw new QuadgateError("revision-unknown", message, {
      hint: "name an earlier revision; quadgate history lists them",
    });
  }
  const end = log.findIndex((entry) => entry.id === target);
  const undone = log
    .slice(0, end < 0 ? MAX_UNDONE : Math.min(end, MAX_UNDONE))
    .map(({ id, subject }) => `${id.slice(0, 12)} ${subject}`);
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
  const list = undone.map((line) => `- ${line}`).join("\n");
  const body = `Made by quadgate rollback. This undoes:\n\n${list}\n\n${TARGET_LINE}${target}\n`;
  return `${title.slice(0, 72)}\n\n${body}`;
}

async function lastVerified(context: Context, log: readonly Commit[]): Promise<string> {
  const passed = passedOver(log);
  const { state } = context;
  const [records, { appliedRevisions }] = await Promise.all([state.readRecords(), state.readInventory()]);
  const applied = new Set(appliedRevisions.map(({ revision }) => revision));
  const oldest = records.findIndex(({ revision }) => revision !== null && applied.has(revision));
  // Of revisions that were verified and are not listed, those after the oldest one have failed since.
  const good = records.findLast(
    ({ revision, appliedRevision }, index) =>
      revision !== null &&
      revision === appliedRevision &&
      (applied.has(revision) || index < oldest) &&
      !passed.has(revision),
  );
  if (good?.revision) return good.revision;
  throw new QuadgateError("revision-unknown", "no earlier revision was verified on this host", {
    hint: "name the revision: quadgate rollback REVISION",
  });
}

/**
 * Revisions that a revert skips: the head, the target of a revert at the head, and all reverts with what they
 * undid.
 */
function passedOver(log: readonly Commit[]): ReadonlySet<string> {
  const targets = new Map(log.flatMap(({ id, body }) => targetIn(body).map((target) => [id, target])));
  const undone = [...targets].flatMap(([id, target]) => {
    const start = log.findIndex((commit) => commit.id === id);
    const end = log.findIndex((commit) => commit.id === target);
    return log.slice(start, Math.max(start + 1, end)).map((commit) => commit.id);
  });
  const same = new Set<string>();
  for (let at = log[0]?.id; at !== undefined && !same.has(at); at = targets.get(at)) same.add(at);
  return new Set([...undone, ...same]);
}

function targetIn(body: string): readonly string[] {
  const line = body.split("\n").findLast((one) => one.startsWith(TARGET_LINE));
  return line === undefined ? [] : [line.slice(TARGET_LINE.length).trim()];
}
