import { parse } from "yaml";
import { readDesiredState } from "../manifest/index.ts";
import type { DesiredState } from "../model/desired-state.ts";
import { InputError, QuadgateError } from "../model/errors.ts";
import type { PatternInstance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Pattern } from "../model/pattern.ts";
import type { Tree } from "../model/tree.ts";
import type { Context } from "../planning/context.ts";
import { type RenderedState, readDesired } from "../planning/desired.ts";
import type { Observation } from "../planning/host-plan.ts";
import { planHost } from "../planning/plan-host.ts";
import { type Assignment, valueAt } from "./edit/assignment.ts";
import { editManifest } from "./edit/edit-manifest.ts";
import { type MissingInput, missingInputs } from "./edit/missing-inputs.ts";
import { newManifest } from "./edit/new-manifest.ts";

export { pathOf, splitAssignment } from "./edit/assignment.ts";

/** What a person wants in a manifest: keys by their paths, with values as text or as parsed lists. */
export interface ManifestRequest {
  readonly name: string;
  /** The pattern to use; undefined for that of the manifest. */
  readonly pattern: string | undefined;
  readonly assignments: readonly {
    readonly path: Assignment["path"];
    readonly given: string | readonly string[];
  }[];
  /** Keys to remove. */
  readonly removals: readonly Assignment["path"][];
}

/** The future text of a manifest. Nothing is written yet. */
export interface Draft {
  readonly name: string;
  /** The instances that the draft is about: one, or all entries of a stack. */
  readonly instances: readonly string[];
  /** Relative to the folder that holds desired-state/. */
  readonly file: string;
  readonly text: string;
  /** The present text of the file; undefined if there is no file. */
  readonly previous: string | undefined;
  readonly pattern: Pattern | undefined;
  /** What the pattern requires and the manifest lacks. */
  readonly missing: readonly MissingInput[];
}

/** Drafts a new manifest, or changes in the present one what the request names, and nothing else. */
export async function draftManifest(context: Context, tree: Tree, request: ManifestRequest): Promise<Draft> {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(request.name)) {
    throw new QuadgateError("bad-usage", `"${request.name}" cannot be an instance's name`, {
      hint: "use a-z and 0-9, with - only in between, 63 characters at most",
    });
  }
  const state = readDesiredState(tree, await context.shipped(), { host: context.host.facts.name });
  const present = findManifest(state, tree, request.name);
  return present === undefined ? draftNew(state, request) : draftEdit(state, request, present);
}

interface Present {
  readonly file: string;
  readonly text: string;
  /** The path of the manifest in the file: below `services` if it is an entry of a stack. */
  readonly root: Assignment["path"];
  /** The entries, if the name is that of a stack. */
  readonly members: readonly string[] | undefined;
}

function findManifest(state: DesiredState, tree: Tree, name: string): Present | undefined {
  const instance = state.instances.find((one) => one.name === name);
  if (instance?.kind === "raw") {
    throw new QuadgateError("bad-usage", `${name} is a hand-written Quadlet (${instance.place.file})`, {
      hint: `edit and commit it, then run: quadgate reconcile ${name}`,
    });
  }
  const isOwn = (path: string) => new RegExp(`^desired-state/(.*/)?${name}\\.yaml$`).test(path);
  const unread = [...(tree.refused ?? [])].find(([path]) => isOwn(path));
  if (unread !== undefined) {
    const message = `${unread[0]} is a ${unread[1]}, which quadgate neither reads nor writes`;
    throw new QuadgateError("bad-input", message, { hint: "commit the manifest itself, as a file" });
  }
  const own = [...tree.files.keys()].find(isOwn);
  const file = instance?.place.file ?? own;
  const text = file === undefined ? undefined : tree.files.get(file);
  if (file === undefined || text === undefined) return undefined;
  if (instance?.stack !== undefined) {
    const key = name.slice(instance.stack.length + 1);
    return { file, text, root: ["services", key], members: undefined };
  }
  const members = state.instances.flatMap((one) => (isMember(one, name) ? [one.name] : []));
  return { file, text, root: [], members: members.length > 0 ? members : undefined };
}

function isMember(instance: DesiredState["instances"][number], stack: string): boolean {
  return instance.kind === "pattern" && instance.stack === stack;
}

function draftNew(state: DesiredState, request: ManifestRequest): Draft {
  const { name } = request;
  if (request.pattern === undefined) {
    throw new QuadgateError("bad-usage", `there is no manifest of ${name} yet, and no pattern is named`, {
      hint: `add --pattern NAME; there are: ${[...state.patterns.keys()].sort().join(", ")}`,
    });
  }
  const file = `desired-state/${name}.yaml`;
  const pattern = state.patterns.get(request.pattern);
  const assignments = typed(request, pattern);
  const text =
    pattern === undefined
      ? editManifest("", [{ path: ["pattern"], value: request.pattern }])
      : newManifest(name, pattern, assignments);
  if (text === undefined) throw unwritable(request);
  const given = Object.fromEntries(assignments.map(({ path }) => [String(path[0]), true]));
  const missing = pattern === undefined ? [] : missingInputs(pattern, { ...given, ...dataOf(text) });
  return { name, instances: [name], file, text, previous: undefined, pattern, missing };
}

function draftEdit(state: DesiredState, request: ManifestRequest, present: Present): Draft {
  const { name } = request;
  const { file, text: previous, root, members } = present;
  const changes =
    request.pattern === undefined ? request.assignments : [...request.assignments, named(request.pattern)];
  if (members !== undefined && changes.length + request.removals.length > 0) {
    throw new QuadgateError("bad-usage", `${name} is a stack of several services`, {
      hint: `name the one to change: ${members.join(", ")}`,
    });
  }
  const instance = state.instances.find(
    (one): one is PatternInstance => one.kind === "pattern" && one.name === name,
  );
  const pattern = state.patterns.get(
    request.pattern ?? instance?.spec.pattern ?? String(dataOf(previous).pattern),
  );
  const assignments = typed({ ...request, assignments: changes }, pattern);
  const below = (path: Assignment["path"]) => [...root, ...path];
  const text = editManifest(
    previous,
    assignments.map(({ path, value }) => ({ path: below(path), value })),
    request.removals.map(below),
  );
  if (text === undefined) throw unwritable(request);
  const missing =
    pattern === undefined || root.length > 0 || members ? [] : missingInputs(pattern, dataOf(text));
  return { name, instances: members ?? [name], file, text, previous, pattern, missing };
}

const named = (pattern: string) => ({ path: ["pattern"], given: pattern });

function typed({ assignments }: ManifestRequest, pattern: Pattern | undefined): readonly Assignment[] {
  return assignments.map(({ path, given }) => ({
    path,
    value: typeof given === "string" ? valueAt(path, given, pattern) : given,
  }));
}

function unwritable({ name, assignments, removals }: ManifestRequest): QuadgateError {
  const paths = [...assignments.map(({ path }) => path), ...removals].map((path) => path.join("."));
  return new QuadgateError("bad-usage", `the manifest of ${name} has no place for ${paths.join(", ")}`, {
    hint: "a path leads through maps to one key; if the file has another shape, edit it by hand",
  });
}

/**
 * The keys of a manifest's text, as far as quadgate can read it. A later check finds what is wrong with it.
 */
function dataOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = parse(text);
    return typeof data === "object" && data !== null ? { ...data } : {};
  } catch {
    return {};
  }
}

/**
 * What is wrong with the value at a path (a key, or one of `values`) of the manifest that a request makes.
 * Leaves out what is wrong or missing elsewhere, because a person may answer one question at a time.
 */
export async function problemsAt(
  context: Context,
  tree: Tree,
  request: ManifestRequest,
  path: Assignment["path"],
): Promise<readonly string[]> {
  const draft = await draftManifest(context, tree, request);
  const written = `${"  ".repeat(path.length - 1)}${path.at(-1)}:`;
  const line = draft.text.split("\n").findIndex((text) => text.startsWith(written)) + 1;
  const { name } = context.host.facts;
  const { issues } = readDesiredState(withDraft(tree, draft), await context.shipped(), { host: name });
  return issues
    .filter(({ place }) => place?.file === draft.file && place.line === line)
    .map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`));
}

/** The tree with the draft in its place. */
export function withDraft(tree: Tree, { file, text }: Draft): Tree {
  return { ...tree, files: new Map([...tree.files, [file, text]]) };
}

/**
 * Reads and renders everything with the draft in its place, and runs podman's generator. Throws InputError
 * with everything that is wrong with the draft. Ignores what is wrong elsewhere.
 */
export async function checkDraft(context: Context, tree: Tree, draft: Draft): Promise<RenderedState> {
  const quiet = { ...context, emit: () => undefined };
  const desired = await readDesired(quiet, withDraft(tree, draft));
  refuse(desired.issues, draft);
  return desired;
}

/**
 * Checks whether the host has what the draft needs; `only` names further instances to observe. Throws
 * InputError with everything that is missing. Returns the observation.
 */
export async function checkPrerequisites(
  context: Context,
  desired: RenderedState,
  draft: Draft,
  only: ReadonlySet<string>,
): Promise<Observation> {
  const quiet = { ...context, emit: () => undefined };
  const inventory = await context.state.readInventory();
  const options = { only, attended: true, retry: true };
  const { plan, observed } = await planHost(quiet, desired, inventory, options);
  refuse(plan.issues, draft);
  return observed;
}

function refuse(issues: readonly Issue[], { file, instances }: Draft): void {
  const own = issues.filter(
    ({ instance, place }) => place?.file === file || (instance !== undefined && instances.includes(instance)),
  );
  if (own.length > 0) throw new InputError(own);
}
