import { describe, expect, test } from "vitest";
import type { GeneratorOutput, GeneratorText } from "../../../src/model/live.ts";
import type { Unit } from "../../../src/model/unit.ts";
import { explainGenerator, renderUnits } from "../../../src/render/index.ts";
import { findGenerator, runGenerator } from "../../support/generator.ts";
import { backend, CONTEXT, raw, state } from "./builder.ts";

const generator = findGenerator();

function generated(messages: readonly string[], units: readonly string[] = []): GeneratorOutput {
  const services = units.map((unit): [string, GeneratorText] => [unit, { service: unit, unit, text: "" }]);
  return {
    services: new Map(services),
    messages: messages.map((message) => ({ message })),
    folder: "/scratch",
  };
}

const units: readonly Unit[] = renderUnits(
  state([
    backend("web", { quadlet: { Container: { Foo: "bar" } } }, [
      "quadlet",
      "quadlet.Container",
      "quadlet.Container.Foo",
    ]),
    raw("own", {
      "own.container": "[Container]\nImage=x\nNetwork=none.network\n",
      "own.container.d/a.conf": "[Container]\nBar=1\n",
    }),
  ]),
  { ...CONTEXT, traefik: { ...CONTEXT.traefik, mode: "off" } },
).units.filter((unit) => unit.kind !== "network");
const served = units.map((unit) => unit.name).filter((name) => name.endsWith(".container"));

describe("a message of podman's generator", () => {
  test("about a key points to the manifest's line", () => {
    const message =
      "converting \"web.container\": unsupported key 'Foo' in group 'Container' in /scratch/web.container";
    expect(explainGenerator(generated([message], ["own.container"]), units)).toEqual([
      {
        code: "generator-refused",
        message: "podman refuses web.container: unsupported key 'Foo' in group 'Container'",
        place: { file: "desired-state/web.yaml", line: 4, column: 1 },
        instance: "web",
      },
    ]);
  });

  test("about a key of a newer podman says which podman", () => {
    const message =
      "converting \"web.container\": unsupported key 'HttpProxy' in group 'Container' in /scratch/web.container";
    const [issue] = explainGenerator(generated([message], ["own.container"]), units);
    expect(issue?.hint).toMatch(/^HttpProxy= needs podman 5\.\d+: leave it out, or upgrade podman$/);
  });

  test("about a key of a drop-in points to the drop-in", () => {
    const message =
      "converting \"own.container\": unsupported key 'Bar' in group 'Container' in /scratch/own.container";
    const [issue] = explainGenerator(generated([message], served), units);
    expect(issue).toMatchObject({
      place: { file: "desired-state/own.container.d/a.conf", line: 2 },
      instance: "own",
    });
  });

  test("about a missing unit points to the line that refers to it", () => {
    const message = 'converting "own.container": requested Quadlet unit none.network was not found';
    const [issue] = explainGenerator(generated([message], served), units);
    expect(issue?.place).toEqual({ file: "desired-state/own.container", line: 3 });
  });

  test("about an unreadable file concerns that file alone", () => {
    const message =
      'error loading "/scratch/own.container", file contains line 2: “x” which is not a key-value pair';
    const issues = explainGenerator(generated([message]), units);
    expect(issues.map((issue) => [issue.instance, issue.place?.line])).toEqual([["own", 2]]);
  });

  test("that is a warning is not an issue", () => {
    expect(
      explainGenerator(generated(["Warning: web.container specifies the image"], served), units),
    ).toEqual([]);
  });

  test("that is missing although no service was made is an issue too", () => {
    const issues = explainGenerator(generated([], ["own.container"]), units);
    expect(issues).toMatchObject([
      { code: "generator-silent", instance: "web", place: { file: "desired-state/web.yaml" } },
    ]);
  });
});

test.skipIf(generator === undefined)(
  "podman's own generator prints the messages that these tests expect",
  () => {
    const run = runGenerator(generator ?? "", units);
    const made = [...run.services.keys()].map((service) => service.replace(/\.service$/, ".container"));
    const issues = explainGenerator(generated(run.errors, made), units);
    expect(issues.map((issue) => [issue.instance, issue.code])).toEqual(
      expect.arrayContaining([
        ["web", "generator-refused"],
        ["own", "generator-refused"],
      ]),
    );
    expect(issues.every((issue) => issue.place?.line !== undefined)).toBe(true);
  },
);
