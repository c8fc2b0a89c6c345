import type { FieldDrift } from "../model/drift.ts";
import { HOLD_DROP_IN, type PlainKind } from "../model/plain-unit.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import { type Finding, finding, loadedField, MASKED, maskPath, SHADOWED } from "./loaded-findings.ts";
import type { UnitContext } from "./unit-context.ts";

/** What a unit of each kind is while it does its work. */
export const UP: Readonly<Record<PlainKind, string>> = {
  timer: "waiting",
  socket: "listening",
  path: "waiting",
  service: "running",
  target: "active",
};

/**
 * Compares how systemd has loaded a plain unit with its file. What the loaded text is, systemd does not tell;
 * it says whether it has read the file that is there.
 */
export function plainLoadedRow(context: UnitContext, declared: ReadonlySet<string>): FieldDrift {
  return loadedField([...loadFindings(context), ...dropInFindings(context, declared)]);
}

function loadFindings({ state, service, facts }: UnitContext): readonly Finding[] {
  if (isTemplate(service)) return [];
  const load = state?.loadState ?? "not-found";
  if (load === "masked") return [finding("masked", `the unit is masked by ${maskPath(state)}`, MASKED)];
  if (load === "not-found")
    return [finding("not loaded", "systemd knows no such unit; it was not reloaded, or the file is missing")];
  if (load !== "loaded") return [finding(load, `systemd could not load the unit (${load})`)];
  const path = state?.fragmentPath ?? "";
  if (path !== "" && !path.startsWith(`${facts.systemdDir}/`))
    return [finding("shadowed", `${path} takes precedence over the unit`, SHADOWED)];
  if (state?.needDaemonReload !== true) return [];
  return [finding("not reloaded", "its files have changed since systemd loaded them")];
}

/** Drop-ins for this unit that are not in git. Those for all units of a kind are the host's own business. */
function dropInFindings(
  { state, service, facts }: UnitContext,
  declared: ReadonlySet<string>,
): readonly Finding[] {
  const template = service.replace(/@.*\./, "@.");
  const foreign = (state?.dropInPaths ?? []).filter((path) => {
    const [folder = "", file = ""] = path.split("/").slice(-2);
    if (file === HOLD_DROP_IN || (folder !== `${service}.d` && folder !== `${template}.d`)) return false;
    const isOwn = path === `${facts.systemdDir}/${folder}/${file}` && declared.has(`${folder}/${file}`);
    return !isOwn && !/^\/usr\/(local\/)?(lib|share)\//.test(path);
  });
  return foreign.map((path) =>
    finding("changed by a drop-in", `drop-in ${path}`, {
      override: true,
      kind: "drop-in",
      diff: [{ path: "loaded.dropIn", from: null, to: path }],
    }),
  );
}

/** Whether the links are there that `[Install]` asks for; undefined if it asks for none. */
export function enabledRow({ plain, live, facts, state }: UnitContext): FieldDrift | undefined {
  if (plain === undefined || plain.links.length === 0 || state?.loadState === "masked") return undefined;
  const base = { field: "enabled", desired: "enabled" };
  const missing = plain.links.filter((link) => !live.inputs.has(link));
  if (missing.length === 0) return { ...base, status: "match", live: "enabled" };
  const found = missing.length < plain.links.length ? "enabled in part" : "disabled";
  const names = missing.map((link) => link.slice(facts.systemdDir.length + 1));
  return {
    ...base,
    status: "drift",
    live: found,
    message: `links are missing: ${names.join(", ")}`,
    cause: "state",
    kinds: ["disabled"],
    diff: [{ path: "enabled", from: "enabled", to: found }],
  };
}
