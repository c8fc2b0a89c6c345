import type { InstanceDescription } from "../model/described.ts";
import { type Json, serviceOf, textAt } from "../model/live.ts";
import type { Change, Outcome } from "../model/plan.ts";
import { type SyncRecord, spanMs } from "../model/record.ts";
import type { Unit } from "../model/unit.ts";
import { renderMarkdown } from "./render-text.ts";
import { containerFacts } from "./unit-facts.ts";

/** An instance as it stands on the host after a verified sync. */
export interface DocumentationInput {
  readonly instance: string;
  /** The manifest, relative to the repository. */
  readonly file: string;
  readonly rootless: boolean;
  /** Absent for raw Quadlets. */
  readonly described: InstanceDescription | undefined;
  readonly units: readonly Unit[];
  /** Unit name to service. */
  readonly services: ReadonlyMap<string, string>;
  /** `podman inspect` of all containers. */
  readonly containers: readonly Json[];
}

/** A document: its path below the documentation folder, and its text. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

type Templates = ReadonlyMap<string, string>;

/** First line of every guide: quadgate replaces or removes only files that begin with it. */
export const GUIDE_MARK = "<!-- Written by quadgate after each sync: changes made here are lost. -->";

/** How to run, inspect and repair one service. The same state always gives the same text. */
export function serviceGuide(documented: DocumentationInput, templates: Templates): Document {
  const text = renderMarkdown(templates, "docs/service-guide", scopeOf(documented));
  return { path: `services/${documented.instance}.md`, text: `${GUIDE_MARK}\n\n${text}` };
}

/** What a sync did to one instance. */
export interface Deployment {
  readonly record: SyncRecord;
  readonly changes: readonly Change[];
  readonly outcomes: readonly Outcome[];
}

/** One entry of the deployment journal; day, instance and revision name its file. */
export function journalEntry(
  documented: DocumentationInput,
  deployment: Deployment,
  templates: Templates,
): Document {
  const { record, outcomes, changes } = deployment;
  const revision = (record.revision ?? "working-tree").slice(0, 12);
  const text = renderMarkdown(templates, "docs/deployment-journal", {
    ...scopeOf(documented),
    host: record.host,
    revision: record.revision,
    trigger: record.trigger,
    started: record.startedAt,
    finished: record.finishedAt,
    duration: spanMs(record.startedAt, record.finishedAt),
    score: record.score,
    band: record.band,
    forced: record.forced ?? null,
    removed: outcomes.every(({ outcome }) => outcome === "deleted"),
    outcomes: outcomes.map(({ unit, outcome, durationMs }) => ({ unit, outcome, durationMs })),
    reasons: [...new Set(changes.flatMap(({ reasons }) => reasons.map(({ message }) => message)))],
  });
  return { path: `journal/${record.startedAt.slice(0, 10)}-${documented.instance}-${revision}.md`, text };
}

/** The variables of the templates; docs/documentation.md lists them. */
function scopeOf(documented: DocumentationInput): Readonly<Record<string, unknown>> {
  const { instance, file, rootless, described, units, services, containers } = documented;
  const digests = new Map(
    containers.map((container) => [serviceOf(container), textAt(container, "ImageDigest")]),
  );
  const facts = containerFacts(units, services);
  return {
    instance,
    file,
    systemctl: rootless ? "systemctl --user" : "systemctl",
    journalctl: rootless ? "journalctl --user" : "journalctl",
    title: described?.title ?? null,
    pattern: described?.pattern ?? null,
    description: described?.description ?? null,
    hostname: described?.hostname ?? null,
    port: described?.port ?? null,
    route: described?.route ?? null,
    metrics: described?.metrics ?? [],
    commonIssues: described?.commonIssues ?? [],
    checklist: described?.after ?? [],
    containers: facts.map((container) => ({
      ...container,
      digest: digests.get(container.service ?? "") || null,
    })),
    networks: [...new Set(facts.flatMap((container) => container.networks))],
    files: units.filter(({ kind }) => kind === "file").map(({ name }) => name),
    units: units.filter(({ kind }) => kind !== "file").map(({ name }) => name),
  };
}
