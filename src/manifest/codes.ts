import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";
import { compareText } from "./paths.ts";

/**
 * Every code that an Issue of this step may carry. docs/manifests.md lists the same rows; a test compares the
 * two.
 */
export const ISSUE_CODES = {
  "yaml-invalid": "the file is not valid YAML, or uses YAML that quadgate does not read",
  "file-empty": "the file is empty",
  "file-type": "the file's name looks like one that quadgate reads, but quadgate does not read this type",
  "file-not-plain":
    "a symbolic link, a submodule, a device or an unreadable file takes the place of a plain file",
  "file-not-utf8": "a manifest, template or unit contains a byte that is not UTF-8",
  "file-too-large": "the file is larger than 1 MiB",
  "name-invalid": "the file's stem is not a valid name for an instance",
  "name-reserved": "quadgate uses the name itself",
  "name-taken": "two files claim the same instance, unit, or path on the host",
  "key-unknown": "the key does not exist here",
  "key-missing": "a required key is missing",
  "value-invalid": "the value does not fit the key",
  "pattern-unknown": "no pattern has this name",
  "pattern-broken": "the pattern that the instance uses has errors of its own",
  "depends-unknown": "dependsOn names an instance that does not exist",
  "depends-cycle": "instances depend on each other in a circle",
  "depends-elsewhere": "dependsOn names an instance that does not run on this host",
  "source-missing": "a file that `files` names is not in the repository",
  "network-overlap": "two networks share addresses",
  "unit-invalid": "podman's generator could not read a Quadlet source",
  "host-only-setting": "only the host itself may set this setting",
  "setting-looser": "the host's own setting is stricter and counts; a warning",
} as const satisfies Record<string, string>;

export type IssueCode = keyof typeof ISSUE_CODES;

/** A predicate phrase about a value ("is not a ...") and what to do about it. */
export interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
}

interface Circumstances {
  readonly place?: Place | undefined;
  readonly instance?: string | undefined;
  readonly hint?: string | undefined;
}

/** An Issue with its code checked against the table; leaves out absent circumstances. */
export function issue(code: IssueCode, message: string, circumstances: Circumstances = {}): Issue {
  const { place, instance, hint } = circumstances;
  return {
    code,
    message,
    ...(place && { place }),
    ...(instance !== undefined && { instance }),
    ...(hint !== undefined && { hint }),
  };
}

/** Order of issues: file, line, column, message. */
export function byPlace(a: Issue, b: Issue): number {
  const [one, two] = [a.place, b.place];
  return (
    compareText(one?.file ?? "", two?.file ?? "") ||
    (one?.line ?? 0) - (two?.line ?? 0) ||
    (one?.column ?? 0) - (two?.column ?? 0) ||
    compareText(a.message, b.message)
  );
}
