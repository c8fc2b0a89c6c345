import { describe } from "vitest";
import { findGenerators } from "./generator.ts";

/**
 * Describes tests with each podman's generator that can be run here. Where there is none they are skipped, and that is
 * said on stderr; with QUADGATE_REQUIRE_LAB=1 they fail.
 */
export function describeGenerators(title: string, tests: (generator: string) => void): void {
  const found = findGenerators().map(({ path, version }) => [version, path] as const);
  const generators = found.length === 0 ? [["of any version", ""] as const] : found;
  describe.skipIf(found.length === 0).each(generators)(`${title}, with podman %s`, (_, path) => tests(path));
}
