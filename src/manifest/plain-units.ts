import type { Issue } from "../model/issue.ts";
import { plainKindOf } from "../model/plain-unit.ts";
import { mergedText, wordsOf } from "../quadlet/plain-units.ts";
import { type IssueCode, issue } from "./codes.ts";
import { show } from "./message-parts.ts";

/** A plain unit or a drop-in as it is in the repository. */
interface PlainFile {
  readonly file: string;
  readonly name: string;
  readonly unit: string;
  readonly main: string;
  readonly text: string;
}

/** Names of unit files, by systemd.unit(5); those of templates end in `@`. */
const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]+\.[a-z]+$/;
const OWN = /^quadgate/;

/** What quadgate refuses about plain systemd units, each with the file that says it. */
export function checkPlainUnits(files: readonly PlainFile[]): Issue[] {
  const mains = new Set(files.map(({ unit }) => unit).filter((unit) => plainKindOf(unit) !== undefined));
  return files
    .filter(({ unit, main }) => unit === main && plainKindOf(unit) !== undefined)
    .flatMap((one) => [...checkName(one), ...checkInstall(one, files, mains)]);
}

function checkName({ unit, file, name }: PlainFile): Issue[] {
  const refuse = refusing(file, name);
  if (OWN.test(unit)) {
    return [refuse("name-reserved", `${show(unit)} is a name of quadgate's own units`, "rename the file")];
  }
  if (!/@\.[a-z]+$/.test(unit) || plainKindOf(unit) === "service") return [];
  const message = `quadgate does not deploy templates of the kind .${plainKindOf(unit)}`;
  return [refuse("unit-invalid", message, `write a file for each instance: ${unit.replace("@.", "@NAME.")}`)];
}

function checkInstall(
  { unit, file, name }: PlainFile,
  files: readonly PlainFile[],
  mains: ReadonlySet<string>,
) {
  const refuse = refusing(file, name);
  const contents = files.map((one) => ({ name: one.unit, content: one.text }));
  const text = mergedText(unit, contents);
  const words = (key: string) => wordsOf(text, "Install", key);
  const targets = ["WantedBy", "RequiredBy", "UpheldBy"].flatMap(words);
  const issues: Issue[] = [];
  for (const also of words("Also").filter((one) => !mains.has(one))) {
    const message = `Also=${also} would enable a unit that is not in desired-state/`;
    issues.push(
      refuse("unit-invalid", message, "remove it; quadgate enables each unit by its own [Install]"),
    );
  }
  for (const alias of words("Alias").filter((one) => one !== unit)) {
    const why = whyNoAlias(alias, unit, mains);
    if (why !== undefined)
      issues.push(refuse("unit-invalid", `Alias=${alias}: ${why}`, "choose another name"));
  }
  for (const target of targets.filter((one) => !UNIT_NAME.test(one.replaceAll("%", "")))) {
    issues.push(
      refuse("unit-invalid", `${show(target)} in [Install] cannot be a unit's name`, "check its spelling"),
    );
  }
  if (targets.length > 0 && /@\.service$/.test(unit) && words("DefaultInstance").length === 0) {
    const hint = "add DefaultInstance=, or remove [Install]";
    issues.push(refuse("unit-invalid", "a template can be enabled only with DefaultInstance=", hint));
  }
  return issues;
}

function whyNoAlias(alias: string, unit: string, mains: ReadonlySet<string>): string | undefined {
  if (!UNIT_NAME.test(alias)) return "this cannot be a unit's name";
  if (OWN.test(alias)) return "this is a name of quadgate's own units";
  if (plainKindOf(alias) !== plainKindOf(unit)) return `an alias of ${unit} must end like it`;
  return mains.has(alias) ? "another file of desired-state/ has this name" : undefined;
}

function refusing(file: string, instance: string) {
  return (code: IssueCode, message: string, hint: string): Issue =>
    issue(code, message, { place: { file }, instance, hint });
}
