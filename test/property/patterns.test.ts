import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDesiredState } from "../../src/manifest/index.ts";
import { podmanKnows, podmanNeed, renderUnits } from "../../src/render/index.ts";
import { describeGenerators } from "../support/describe-generators.ts";
import { runGenerator } from "../support/generator.ts";
import { manifestsOf, REFUSALS, someValues } from "../support/pattern-values.ts";
import { CONTEXT, SHIPPED, state } from "../unit/render/builder.ts";

const examples = [...state([]).patterns.values()].flatMap((pattern) =>
  pattern.examples.slice(0, 1).map((example) => ({ name: pattern.name, pattern, example })),
);

describeGenerators("any valid values of the pattern", (generator) => {
  describe.each(examples)("$name", ({ pattern, example }) => {
    test("render to what podman's generator accepts, or are refused with a reason", () => {
      let rendered = 0;
      fc.assert(
        fc.property(fc.array(someValues(pattern), { minLength: 8, maxLength: 8 }), (sets) => {
          // The example as it is goes along: it must render whatever the others are.
          const tree = { revision: null, files: manifestsOf(example, [{}, ...sets]) };
          const desired = readDesiredState(tree, SHIPPED, { host: "test" });
          expect(desired.issues).toEqual([]);
          const { units, issues } = renderUnits(desired, CONTEXT);
          expect(issues.filter(({ code }) => !REFUSALS.includes(code))).toEqual([]);
          const need = podmanNeed(units.filter(({ instance }) => /^i\d$/.test(instance)));
          expect(podmanKnows(pattern.requirements.podman ?? "", need?.version ?? ""), need?.line).toBe(true);
          const shown = units.filter(({ kind }) => kind !== "file");
          const run = runGenerator(generator, shown);
          expect(run.errors).toEqual([]);
          expect(run.services.size).toBe(shown.length);
          rendered += new Set(units.flatMap(({ instance }) => (/^i\d$/.test(instance) ? [instance] : [])))
            .size;
        }),
        { numRuns: 3 },
      );
      expect(rendered).toBeGreaterThan(0);
    });
  });
});
