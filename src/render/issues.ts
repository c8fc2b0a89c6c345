import type { Instance } from "../model/instance.ts";
import type { Issue } from "../model/issue.ts";
import type { Place } from "../model/place.ts";

/** Every code that an Issue of this step may carry; docs/writing-patterns.md lists the same rows. */
export const RENDER_ISSUES = {
  "pattern-unknown": "the instance's pattern does not exist",
  "key-missing": "the pattern, or the route, needs a key that the manifest does not have",
  "value-invalid": "a value does not fit its key after the pattern's Liquid text is rendered",
  "value-unrepresentable": "a unit file cannot hold the value here",
  "values-refused": "the pattern cannot run with these values",
  "rule-broken": "the instance breaks a security rule of the pattern",
  "key-unsupported": "a key is newer than the host's podman",
  "podman-understated": "a pattern's example needs a newer podman than its `requirements.podman`",
  "template-invalid": "quadgate cannot render a template, or Liquid text of a pattern",
  "source-missing": "a file that `files` names is not in the repository",
  "hostname-taken": "two instances ask for the same hostname",
  "name-taken": "two instances render the same file",
  "raw-invalid": "Quadlet does not read this file of the repository",
  "generator-refused": "podman's Quadlet generator refuses the unit",
  "generator-silent": "podman's Quadlet generator did not make a service from the unit and did not say why",
} as const satisfies Record<string, string>;

export type RenderIssueCode = keyof typeof RENDER_ISSUES;

interface Circumstances {
  /** Dotted manifest path. */
  readonly path?: string | undefined;
  readonly hint?: string | undefined;
}

/** Where a dotted manifest path is written; if it is not there, its nearest parent, then the manifest. */
export function placeAt(instance: Instance, path: string | undefined): Place {
  if (instance.kind === "raw" || path === undefined) return instance.place;
  for (let key = path; key !== ""; key = key.slice(0, Math.max(0, key.lastIndexOf(".")))) {
    const place = instance.places.get(key);
    if (place !== undefined) return place;
  }
  return instance.place;
}

/** An issue of one instance, at a manifest path if it has one. */
function issueAt(
  instance: Instance,
  code: RenderIssueCode,
  message: string,
  options: Circumstances = {},
): Issue {
  return {
    code,
    message,
    place: placeAt(instance, options.path),
    instance: instance.name,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
  };
}

/** Collects what is wrong with one instance while it is rendered. */
export class Findings {
  readonly issues: Issue[] = [];
  readonly #instance: Instance;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  add(code: RenderIssueCode, message: string, options: Circumstances = {}): void {
    this.issues.push(issueAt(this.#instance, code, message, options));
  }

  get any(): boolean {
    return this.issues.length > 0;
  }

  /** Adds an issue that was found without knowing the instance. */
  adopt(issue: Issue): void {
    this.issues.push({ place: this.#instance.place, ...issue, instance: this.#instance.name });
  }
}
