import { isSecretName, maskText } from "../lib/mask-secrets.ts";
import type { DiffEntry, FieldDrift } from "../model/drift.ts";
import { HOLD_DROP_IN } from "../model/plain-unit.ts";
import { LABEL_DIGEST, UNIT_KINDS, type Unit } from "../model/unit.ts";
import { allOf, type Flags, parsePodman } from "../quadlet/argv/podman-call.ts";
import { commandWords } from "../quadlet/argv/service-command.ts";
import { hasNoEffect, lastValueOf, type Setting, type UnitText } from "../quadlet/argv/unit-text.ts";
import { controlSetting, LIMIT_PATHS } from "../quadlet/limit-settings.ts";
import { isTemplate } from "../quadlet/service-names.ts";
import { ROWS } from "./fields/all-fields.ts";
import { type Finding, finding, loadedField, MASKED, maskPath, SHADOWED } from "./loaded-findings.ts";
import { optionalDevices, type UnitContext, withoutDevices } from "./unit-context.ts";

/**
 * Compares what systemd has loaded with what the desired units mean. A service may be not reloaded, shadowed,
 * masked, or changed by drop-ins.
 */
export function loadedRow(context: UnitContext): FieldDrift {
  const findings = [
    ...loadFindings(context),
    ...shadowFindings(context),
    ...textFindings(context),
    ...dropInFindings(context),
  ];
  return loadedField(findings);
}

function hasRow(kind: Unit["kind"], limit: string | undefined): boolean {
  const row = LIMIT_PATHS.get(limit ?? "")?.split(".")[0];
  const known = UNIT_KINDS.find((one) => one === kind);
  return row !== undefined && known !== undefined && ROWS[known].some(({ name }) => name === row);
}

function loadFindings({ state, service, facts }: UnitContext): readonly Finding[] {
  if (isTemplate(service)) return [];
  const load = state?.loadState ?? "not-found";
  if (load === "masked") return [finding("masked", `the service is masked by ${maskPath(state)}`, MASKED)];
  if (load === "not-found") {
    return [
      finding(
        "not loaded",
        "systemd knows no such service; it was not reloaded, or podman's generator failed",
        { kind: "not-loaded" },
      ),
    ];
  }
  if (load !== "loaded") return [finding(load, `systemd could not load the service (${load})`)];
  const path = state?.fragmentPath ?? "";
  if (path === "" || path.startsWith(`${facts.generatorDir}/`)) return [];
  return [finding("shadowed", `${path} takes precedence over the generated service`, SHADOWED)];
}

/**
 * Quadlet takes the first file of a name in its folders, so a file in a folder that it searches before the
 * unit directory hides the unit. The service's text says which file it was made from.
 */
function shadowFindings({ loadedText, facts, unit, template }: UnitContext): readonly Finding[] {
  const source = loadedText && lastValueOf(loadedText, "Unit", "SourcePath");
  if (source === undefined || template !== undefined || source === `${facts.unitDir}/${unit.name}`) return [];
  const file = source.split("/").at(-1);
  if (file !== unit.name.split("/").at(-1) || !isSearched(source, facts)) return [];
  return [finding("shadowed", `${source} takes precedence over the unit`, SHADOWED)];
}

/** Folders that Quadlet reads. */
function isSearched(path: string, { unitDir, runtimeDir }: UnitContext["facts"]): boolean {
  const folders = [
    unitDir,
    `${runtimeDir}/containers/systemd`,
    "/etc/containers/systemd",
    "/usr/share/containers/systemd",
  ];
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

function textFindings(context: UnitContext): readonly Finding[] {
  const { desiredText, loadedText, state, hasOwnText, template } = context;
  if (loadedText === undefined || state?.loadState === "not-found") return [];
  // The template's own drift covers its text.
  if (template !== undefined && !hasOwnText) return [];
  const diff = textDiff(desiredText, loadedText, context);
  if (diff.length === 0) return [];
  const names = [...new Set(diff.map(({ path }) => path.replace(/^loaded\./, "")))].join(", ");
  // If a reload would make the same text again, a missing reload is not the cause.
  const { inPlace } = context;
  const override = inPlace !== undefined && textDiff(inPlace.text, loadedText, context).length === 0;
  const message = override
    ? `changed by ${inPlace.says}, in ${names}`
    : `the loaded service differs in ${names}`;
  const kind = override ? undefined : kindOf(context, loadedText);
  return [{ live: "another text", message, diff, override, ...(kind !== undefined && { kind }) }];
}

/** The kind of a difference that a reload alone repairs. */
function kindOf(context: UnitContext, loaded: UnitText): "comment" | "order" | undefined {
  const diff = textDiff(significant(context.desiredText), significant(loaded), context);
  if (diff.length === 0) return "comment";
  return diff.every(({ path }) => ORDER.has(path)) ? "order" : undefined;
}

/** The lines that say what runs. */
function significant(text: UnitText): UnitText {
  return new Map(
    [...text]
      .filter(([section]) => !hasNoEffect(section, ""))
      .map(([section, settings]) => [section, settings.filter(({ key }) => !hasNoEffect(section, key))]),
  );
}

/**
 * The keys with which a pod's service names its members and other services what they follow. systemd applies
 * them as soon as it is reloaded.
 */
const ORDER: ReadonlySet<string> = new Set(["loaded.Unit.Wants", "loaded.Unit.Before", "loaded.Unit.After"]);

function textDiff(wanted: UnitText, loaded: UnitText, context: UnitContext): readonly DiffEntry[] {
  return [...new Set([...wanted.keys(), ...loaded.keys()])].flatMap((section) =>
    sectionDiff(section, { wanted, loaded }, context),
  );
}

/** Lines of a section that only one side has. Podman decides their order, so it is not compared. */
function sectionDiff(
  section: string,
  texts: { readonly wanted: UnitText; readonly loaded: UnitText },
  context: UnitContext,
): readonly DiffEntry[] {
  const [desired, loaded] = [texts.wanted.get(section) ?? [], texts.loaded.get(section) ?? []];
  const wanted = others(desired, loaded).flatMap((one) => canonical(one, texts.wanted, context));
  const found = others(loaded, desired).flatMap((one) => canonical(one, texts.loaded, context));
  const missing = without(wanted, found);
  const extra = without(found, wanted);
  return [...new Set([...missing, ...extra].map(({ key }) => key))].map((key) => ({
    path: `loaded.${section}.${key}`,
    from: shown(missing.filter((setting) => setting.key === key)),
    to: shown(extra.filter((setting) => setting.key === key)),
  }));
}

/** Lines that differ from the line at the same place. Equal lines need no closer look. */
function others(settings: readonly Setting[], beside: readonly Setting[]): readonly Setting[] {
  return settings.filter(({ key, value }, index) => {
    const other = beside[index];
    return other?.key !== key || other.value !== value;
  });
}

function without(settings: readonly Setting[], known: readonly Setting[]): readonly Setting[] {
  const left = new Map<string, number>();
  for (const { key, value } of known) left.set(`${key}=${value}`, (left.get(`${key}=${value}`) ?? 0) + 1);
  return settings.filter(({ key, value }) => {
    const count = left.get(`${key}=${value}`) ?? 0;
    if (count > 0) left.set(`${key}=${value}`, count - 1);
    return count === 0;
  });
}

/** Commands, and keys whose values may hold secrets. Drift shows that they differ, not how. */
const UNSHOWN = new RegExp(
  "^(Annotation|BuildArg|Entrypoint|Environment|Exec|GlobalArgs|Health\\w*Cmd|Label|Options" +
    "|PodmanArgs|ReloadCmd)",
);

function shown(settings: readonly Setting[]): string | null {
  if (settings.length === 0) return null;
  const values = settings.map(({ key, value }) =>
    UNSHOWN.test(key) || isSecretName(key) ? "(not shown)" : maskText(value),
  );
  return values.join(", ");
}

/**
 * A line in the form in which it is compared. Commands are compared by what podman makes of them, because the
 * order of flags changes with every run of the generator. The source's path is left out, and so are podman's
 * own clean-up commands, because their form depends on podman's version.
 */
function canonical(setting: Setting, text: UnitText, context: UnitContext): readonly Setting[] {
  const { key, value } = setting;
  if (key === "SourcePath") return [];
  if (!/^Exec/.test(key)) return [setting];
  const words = commandWords(value, text, context.service, context.facts);
  if (/^ExecStop/.test(key) && /^(rm|pod (stop|rm)|kube down)\b/.test(words.slice(1).join(" "))) return [];
  const isPodman = (words[0] ?? "").endsWith("podman");
  const call = isPodman ? parsePodman(words) : undefined;
  if (call === undefined) return [{ key, value: JSON.stringify(words) }];
  const devices = [...optionalDevices(context.desiredText), ...optionalDevices(context.loadedText)];
  const { global, subcommand, flags, rest } = withoutDevices(call, new Set(devices));
  const sorted = [...withoutMark(flags)]
    .filter(([, values]) => values.length > 0)
    .sort(([a], [b]) => a.localeCompare(b));
  return [{ key, value: JSON.stringify([[...global], subcommand, sorted, rest]) }];
}

/** The label of the text says nothing that the text itself does not say. */
function withoutMark(flags: Flags): Flags {
  const labels = allOf(flags, "label").filter((label) => !label.startsWith(`${LABEL_DIGEST}=`));
  return new Map([...flags, ["label", labels]]);
}

/**
 * systemd drop-ins of this service that are not declared. A limit that `systemctl set-property` has set is
 * left to its row, if the unit's kind has one.
 */
function dropInFindings({ state, service, facts, unit }: UnitContext): readonly Finding[] {
  const template = service.replace(/@.*\./, "@.");
  const foreign = (state?.dropInPaths ?? []).filter((path) => {
    const folder = path.split("/").at(-2);
    if (path.endsWith(`/${HOLD_DROP_IN}`)) return false;
    if (folder !== `${service}.d` && folder !== `${template}.d`) return false;
    if (path.startsWith(`${facts.generatorDir}/`) || /^\/usr\/(local\/)?(lib|share)\//.test(path))
      return false;
    return !hasRow(unit.kind, controlSetting(path));
  });
  return foreign.map((path) => ({
    live: "changed by a drop-in",
    message: `drop-in ${path}`,
    override: true,
    kind: "drop-in",
    diff: [{ path: "loaded.dropIn", from: null, to: path }],
  }));
}
