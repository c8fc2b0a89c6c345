import { readDesiredState } from "../../../src/manifest/index.ts";
import type { DesiredState } from "../../../src/model/desired-state.ts";
import type { PatternInstance } from "../../../src/model/instance.ts";
import { formatIssue } from "../../../src/model/issue.ts";
import type { Tree } from "../../../src/model/tree.ts";

/** A pattern that takes every kind of parameter. */
export const WEB_PATTERN = `title: Web
description: A web application.
parameters:
  variant: { type: enum, values: [plain, 16, 1.10], default: 1.10, description: Which one. }
  cache: { type: size, default: 64MiB, description: Size of the cache. }
  workers: { type: integer, description: How many workers. }
  debug: { type: boolean, default: false, description: Whether to log more. }
  greeting: { type: string, description: What it says. }
defaults: { image: docker.io/library/nginx:1.27, port: 80, memory: 512M, networks: [reverse_proxy], access: native }
units:
  - { kind: container, template: quadlets/container }
`;

/** A pattern that requires a parameter and two manifest keys. */
const STRICT_PATTERN = `title: Strict
description: Requires things.
parameters:
  database: { type: string, required: true, example: postgres, description: Its database. }
defaults: { memory: 128M }
required: [hostname, health.cmd]
units:
  - { kind: container, template: quadlets/container }
`;

export const SHIPPED = {
  patterns: new Map([
    ["web.yaml", WEB_PATTERN],
    ["strict.yaml", STRICT_PATTERN],
  ]),
  templates: new Map([["quadlets/container.liquid", "shipped"]]),
};

export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return { revision: "0123456789abcdef0123456789abcdef01234567", files: new Map(Object.entries(files)) };
}

/** The desired state of host `htpc`; paths as in the repository. */
export function read(files: Readonly<Record<string, string>>, host = "htpc"): DesiredState {
  return readDesiredState(treeOf(files), SHIPPED, { host });
}

/** The issues of one manifest `web.yaml` as people see them, without the file's name. */
export function issuesOf(manifest: string): string[] {
  const lines = linesOf(read({ "desired-state/web.yaml": manifest }));
  return lines.map((line) => line.replace(/^desired-state\/web\.yaml: ?/, ""));
}

export const linesOf = (state: DesiredState): string[] => state.issues.map(formatIssue);

export const namesOf = (state: DesiredState): string[] => state.instances.map(({ name }) => name);

/** The one instance that a manifest gives; fails where it has issues. */
export function instanceOf(manifest: string): PatternInstance {
  const state = read({ "desired-state/web.yaml": manifest, "files/web.xml": "<web/>" });
  const [instance] = state.instances;
  if (instance?.kind !== "pattern") throw new Error(linesOf(state).join("\n"));
  return instance;
}
