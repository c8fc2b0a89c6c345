import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest, in the order in which they start. The hosts with about a hundred containers (the corpus,
 * and the keys) come in pairs: four of them at a time would need more memory.
 */
const FIRST: readonly string[] = [
  "golden/net",
  "property/pattern-values",
  "contract/git",
  "property/crash",
  "property/crash-turns",
  "property/render-values",
  "lab/corpus-trixie",
  "lab/corpus-forky",
  "e2e/drift",
  "lab/patterns",
  "lab/drift-keys-forky",
  "lab/drift-keys-trixie",
  "lab/evidence-forky",
  "lab/evidence-trixie",
  "lab/drift-rows",
  "e2e/images",
  "e2e/images-interrupted",
  "e2e/jobs",
  "e2e/plain-units",
  "e2e/left-alone",
  "e2e/settling",
  "e2e/settling-by-hand",
  "e2e/random-kills",
  "e2e/gate",
  "e2e/interrupt",
  "e2e/lock",
  "e2e/rollback",
  "e2e/drift-by-hand",
  "e2e/deploy",
  "e2e/ignored-lines",
  "e2e/prune",
  "e2e/storage",
];

function placeOf({ moduleId }: TestSpecification): number {
  const place = FIRST.findIndex((file) => moduleId.endsWith(`/test/${file}.test.ts`));
  return place === -1 ? FIRST.length : place;
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;

/** Starts the longest files of a project first, so that none of them begins when all the others have ended. */
export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = FIRST.filter((file) => !existsSync(join(import.meta.dirname, "..", `${file}.test.ts`)));
    if (gone.length > 0) throw new Error(`slow-first.ts names files that do not exist: ${gone.join(", ")}`);
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || placeOf(a) - placeOf(b));
  }
}
