import type { DiffEntry, DriftCause, DriftKind, FieldDrift, UnitDrift } from "../model/drift.ts";
import type { DriftPolicy } from "../model/drift-policy.ts";
import type { Folder } from "../model/host-requirements.ts";
import type { Inventory, InventoryUnit } from "../model/inventory.ts";
import type { LiveState, ServiceState, UnitFile } from "../model/live.ts";
import { isPlain, plainKindOf } from "../model/plain-unit.ts";
import type { Action, Change, MadeFolder, Reason } from "../model/plan.ts";
import { reason } from "../model/reasons.ts";
import type { Unit } from "../model/unit.ts";
import { wrongMode } from "../quadlet/file-mode.ts";
import { controlsLeft, controlsOf } from "./controls.ts";
import { isDeletedByReload, isMendedByReload, isOfText, isReloadOnly } from "./reload-only.ts";
import { diffUnitTexts } from "./unit-diff.ts";

/** What decides about one desired unit. */
export interface UnitFacts {
  readonly unit: Unit;
  readonly service: string | null;
  readonly owned: InventoryUnit | undefined;
  readonly live: LiveState;
  readonly drift: UnitDrift<unknown> | undefined;
  /** Whether the text of the instance in force is watched until it has settled. */
  readonly isWatched: boolean;
  /** What to do about differences that no commit explains. */
  readonly driftPolicy: DriftPolicy;
  /** Folders to create that the container mounts. */
  readonly folders: readonly Folder[];
  /** For a plain unit: the links that its `[Install]` asks for; absent: none. */
  readonly links?: readonly string[] | undefined;
}

/** The change that one desired unit needs, regardless of other units. */
export function changeFor(facts: UnitFacts): Change {
  const { unit, service } = facts;
  const onDisk = facts.live.files.get(unit.name);
  const text = textReasons(facts, onDisk);
  const found = withFolders(
    text.reasons.length > 0 ? withoutRestart(facts, text) : driftReasons(facts),
    facts,
  );
  const diff = diffOf(facts, found.action, onDisk?.content);
  return {
    instance: unit.instance,
    unit: unit.name,
    service,
    digest: unit.digest,
    diff,
    ...(found.reloadOnly ? {} : withControls(controlsOf({ ...facts, unit: unit.name }))),
    ...withLinks(facts.links ?? [], facts.owned?.links ?? []),
    ...found,
  };
}

function withControls(controls: readonly string[]): Pick<Change, "controls"> {
  return controls.length > 0 ? { controls } : {};
}

function withLinks(links: readonly string[], owned: readonly string[]): Pick<Change, "links" | "oldLinks"> {
  const oldLinks = owned.filter((link) => !links.includes(link));
  return { ...(links.length > 0 && { links }), ...(oldLinks.length > 0 && { oldLinks }) };
}

type Decision = Pick<Change, "action" | "reasons" | "folders" | "reloadOnly">;

/**
 * Creates folders only together with another action: quadgate does not recreate a folder that an instance
 * lost.
 */
function withFolders(decision: Decision, { folders }: UnitFacts): Decision {
  const { action, reasons, reloadOnly } = decision;
  if (action === "none" || reloadOnly || folders.length === 0) return decision;
  return {
    action,
    reasons: [...reasons, ...folders.map((one) => reason("folder-missing", folderText(one)))],
    folders: folders.map(asMade),
  };
}

/** The text of a unit contains neither mode nor owner of a folder. */
function asMade({ path, mode, owner, nocow }: Folder): MadeFolder {
  return { path, mode, ...(owner === undefined ? {} : { owner }), nocow };
}

function folderText({ path, mode, owner, nocow }: Folder): string {
  const whose = owner === undefined ? [] : [`owner ${owner.uid}:${owner.gid} in the container`];
  const attributes = [`mode ${mode}`, ...whose, ...(nocow ? ["no copy on write if it is on btrfs"] : [])];
  return `creates the folder ${path} (${attributes.join(", ")})`;
}

/** Reasons that concern the file itself: new, changed in git, interrupted, or changed on the host. */
function textReasons(facts: UnitFacts, onDisk: UnitFile | undefined): Decision {
  const { unit, owned, driftPolicy } = facts;
  if (owned === undefined) {
    if (isAsWanted(unit, onDisk)) return { action: "none", reasons: [] };
    return { action: "create", reasons: [reason("unit-new")] };
  }
  if (isStarted(facts, onDisk)) return { action: "none", reasons: [] };
  if (owned.pending !== undefined || owned.digest === null) {
    return { action: owned.digest === null ? "create" : "update", reasons: [reason("interrupted")] };
  }
  if (owned.digest !== unit.digest && !isInForce(facts, onDisk))
    return { action: "update", reasons: changedReasons(facts, onDisk) };
  if (isAsWanted(unit, onDisk)) return { action: "none", reasons: [] };
  return byPolicy(driftPolicy, "update", [
    onDisk === undefined ? reason("file-missing") : editedReason(unit, onDisk),
  ]);
}

/** Whether a sync was interrupted only after it had put the text in force, with its service. */
function isStarted(facts: UnitFacts, onDisk: UnitFile | undefined): boolean {
  const { unit, owned, service, drift, live, isWatched } = facts;
  const { action, digest, atMs = Number.POSITIVE_INFINITY } = owned?.pending ?? {};
  const isBegun = (action === "create" || action === "update") && digest === unit.digest;
  // A plain unit may have been interrupted while quadgate held its job back.
  if (!isBegun || isPlain(unit.name) || service === null) return false;
  // What has not started since runs from the text before.
  const state = live.services.get(service);
  const startedMs = state?.mainStartedAtMs ?? 0;
  const isDeclared = drift?.status === "match" || (isWatched && isStarting(drift, state));
  return startedMs >= atMs && isAsWanted(unit, onDisk) && isDeclared;
}

/** Whether a service is as declared, but for that it is not ready or healthy yet. */
function isStarting(drift: UnitFacts["drift"], state: ServiceState | undefined): boolean {
  if (drift === undefined) return false;
  const isUp = state?.activeState === "active" || state?.activeState === "activating";
  return drift.fields.every(
    ({ field, status, kinds }) =>
      status === "match" || (isUp && field === "state" && status === "warning" && kinds === undefined),
  );
}

/**
 * A text that differs from the one on the host only in what restarts nothing is written and reloaded. What
 * else differs on the host may still cause a restart, as if the text were the same.
 */
function withoutRestart(facts: UnitFacts, text: Decision): Decision {
  const { unit, drift, live } = facts;
  if (!isReloadOnly(text.action, facts.owned, unit, live.files.get(unit.name))) return text;
  const fields = (drift?.fields ?? []).filter((field) => field.status === "drift" && !isOfText(field));
  const what = plainKindOf(unit.name) ?? "service";
  const found = fields.flatMap((field) => driftReason(field, what));
  const rest = mending(fields, found, facts.driftPolicy);
  const reasons = [...text.reasons, ...rest.reasons];
  return rest.action === "none"
    ? { action: text.action, reasons, reloadOnly: true }
    : { action: "update", reasons };
}

/**
 * Whether a person has already put git's new text in force, with its service. Unknown for units without a
 * service.
 */
function isInForce({ unit, service, drift }: UnitFacts, onDisk: UnitFile | undefined): boolean {
  return service !== null && isAsWanted(unit, onDisk) && drift?.status === "match";
}

function isAsWanted(unit: Unit, file: UnitFile | undefined): boolean {
  return file?.content === unit.content && wrongMode(unit, file) === undefined;
}

function editedReason(unit: Unit, file: UnitFile): Reason {
  const mode = wrongMode(unit, file);
  if (file.content !== unit.content || mode === undefined) return reason("file-edited");
  return reason("file-edited", `the mode of the file on the host is ${mode.live}, not ${mode.desired}`);
}

/** Undoes changes by hand or leaves them, and says why. */
function byPolicy({ mends, why }: DriftPolicy, action: Action, reasons: readonly Reason[]): Decision {
  return { action: mends ? action : "none", reasons: why === null ? reasons : [...reasons, why] };
}

function changedReasons({ unit, owned }: UnitFacts, onDisk: UnitFile | undefined): readonly Reason[] {
  if (isReloadOnly("update", owned, unit, onDisk)) return [reason("comment-changed")];
  if (unit.kind === "network") return [reason("network-changed")];
  const image = (text: string | undefined) => /^Image=(.*)$/m.exec(text ?? "")?.[1];
  const [from, to] = [image(onDisk?.content), image(unit.content)];
  if (from === undefined || to === undefined || from === to) return [reason("unit-changed")];
  return [reason("image-changed", `the image changes from ${from} to ${to}`), reason("unit-changed")];
}

/** A sync always finishes what is left of a commit. It undoes changes by hand only when healing. */
const UNFINISHED: ReadonlySet<DriftCause> = new Set(["not-reloaded", "outdated"]);

const STARTED = "an earlier sync was interrupted after it had put this in force";
const IN_FORCE = "what git asks for is already in force on the host";

function driftReasons({ unit, drift, owned, driftPolicy }: UnitFacts): Decision {
  const fields = drift?.fields.filter((field) => field.status === "drift") ?? [];
  const what = plainKindOf(unit.name) ?? "service";
  const reasons = fields.flatMap((field) => driftReason(field, what));
  if (owned === undefined) reasons.unshift(reason("adopted"));
  else if (owned.pending !== undefined) reasons.unshift(reason("adopted", STARTED));
  else if (owned.digest !== unit.digest) reasons.unshift(reason("adopted", IN_FORCE));
  if (fields.length > 0 && fields.every(isMendedByReload))
    return { action: "update", reasons, reloadOnly: true };
  return mending(fields, reasons, driftPolicy);
}

/** What to do about live differences. */
function mending(
  fields: readonly FieldDrift[],
  reasons: readonly Reason[],
  driftPolicy: DriftPolicy,
): Decision {
  if (fields.length === 0) return { action: "none", reasons };
  // A restart would not undo an override. Acting on its effects would restart the service at every sync.
  if (fields.some(({ cause }) => cause === "override")) return overridden(fields, reasons, driftPolicy);
  const unfinished = fields.some((field) => field.cause !== undefined && UNFINISHED.has(field.cause));
  return unfinished ? { action: "restart", reasons } : byPolicy(driftPolicy, "restart", reasons);
}

/**
 * Leaves the administrator's own systemd settings. Starts a service that is down, and undoes changes to its
 * container. A drop-in may be the cause of what the container was made with, and would have the same effect
 * after every restart. The effects of other files that Quadlet reads are known one by one.
 */
function overridden(
  fields: readonly FieldDrift[],
  reasons: readonly Reason[],
  driftPolicy: DriftPolicy,
): Decision {
  const found = new Set(fields.flatMap(({ cause, kinds = [] }) => (cause === "state" ? [] : kinds)));
  const isHidden = found.has("masked") || found.has("shadowed");
  const isLeft = (causes: ReadonlySet<string>) => fields.some(({ cause = "" }) => causes.has(cause));
  if (found.size === 0 && isLeft(UNFINISHED)) return { action: "restart", reasons };
  const causes = new Set(found.has("masked") ? [] : ["state"]);
  if (!isHidden) for (const cause of ["live", "input"]) causes.add(cause);
  return isLeft(causes) ? byPolicy(driftPolicy, "restart", reasons) : { action: "none", reasons };
}

function driftReason({ cause, field, message, live, kinds = [] }: FieldDrift, what: string): Reason[] {
  const because = message === undefined ? "" : ` (${message})`;
  switch (cause) {
    case "not-reloaded":
      return [reason("not-reloaded")];
    case "outdated":
      return [reason("container-outdated", `${field}: the container was made from another text${because}`)];
    case "state":
      return [stateReason(live, kinds, because, what)];
    case "override":
      return [
        kinds.includes("masked")
          ? reason("service-masked")
          : reason("host-override", `left as it is${because}`),
      ];
    case "unobservable":
      return [];
    default:
      return [reason("live-drift", `not as declared: ${field}${because}`)];
  }
}

function stateReason(live: string, kinds: readonly DriftKind[], because: string, what: string): Reason {
  if (kinds.includes("disabled")) return reason("unit-disabled", `the ${what} is ${live}${because}`);
  if (kinds.includes("unhealthy")) return reason("container-unhealthy");
  if (kinds.includes("failed")) return reason("service-failed");
  if (kinds.includes("missing")) return reason("container-missing");
  return reason("service-inactive", `the ${what} is ${live}${because}`);
}

/** The difference from what is on the host to what git wants; empty for a new unit. */
function diffOf(
  { unit, drift }: UnitFacts,
  action: Action,
  onDisk: string | undefined,
): readonly DiffEntry[] {
  if (action === "none" || action === "create") return [];
  const fields = drift?.fields.filter((field) => field.status === "drift") ?? [];
  const entries = fields.flatMap((field) => field.diff ?? []);
  // Drift shows how the host departed from what was declared; a plan shows the way back.
  const back = entries.map(({ path, from, to }) => ({ path, from: to, to: from }));
  if (onDisk === unit.content) return back;
  const text = onDisk === undefined || unit.kind === "file" ? [] : diffUnitTexts(onDisk, unit.content);
  // A drop-in, or a tag that has moved, may bring another image than the text says. The plan shows what will
  // run.
  const saysImage = text.some(({ path }) => path.endsWith(".Image"));
  return [...text, ...(saysImage ? [] : back.filter(bringsImage))];
}

/**
 * Whether a live difference concerns an image: that of a container, or of the containers of a `.kube` unit.
 */
function bringsImage({ path, to }: DiffEntry): boolean {
  return /^(image\.name|containers\..+)$/.test(path) || (path === "image.id" && to !== null);
}

/** Deletes units that quadgate created and git no longer wants, if their instances may change. */
export function deletions(
  inventory: Inventory,
  desired: ReadonlySet<string>,
  mayChange: (instance: string, owned: InventoryUnit, unit: string) => boolean,
  live: Pick<LiveState, "services" | "files">,
): readonly Change[] {
  return Object.entries(inventory.units)
    .filter(([name, owned]) => !desired.has(name) && mayChange(owned.instance, owned, name))
    .map(([name, owned]) => ({
      ...(isDeletedByReload(name, owned, live.files.get(name)) && { reloadOnly: true as const }),
      ...withControls(controlsLeft({ unit: name, service: owned.service, live })),
      ...withLinks([], owned.links ?? []),
      instance: owned.instance,
      unit: name,
      service: owned.service,
      action: "delete" as const,
      reasons: [reason(owned.pending?.action === "create" ? "interrupted" : "unit-removed")],
      diff: [],
      digest: null,
    }));
}
