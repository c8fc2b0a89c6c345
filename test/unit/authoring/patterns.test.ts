import { describe, expect, it } from "vitest";
import { shippedPatterns } from "../../../scripts/pattern-docs.ts";
import { checkExamples, schemaOf } from "../../../src/authoring/patterns.ts";
import { formatIssue } from "../../../src/model/issue.ts";
import type { Context } from "../../../src/planning/context.ts";
import { readDesired } from "../../../src/planning/desired.ts";
import { podmanKnows, podmanNeed } from "../../../src/render/index.ts";
import { openState } from "../../../src/state/index.ts";
import { renderExample } from "../../support/examples.ts";
import { connect, World, whyNoFakeHost } from "../../support/fake-host/index.ts";
import { CONTEXT, SHIPPED } from "../render/builder.ts";

const OWN = `title: Own
description: A pattern of the repository.
defaults: { image: "docker.io/library/nginx:{{ values.version }}", memory: 64M, networks: [front] }
parameters: { version: { type: string, default: "1.27", description: Version. } }
units:
  - { kind: container, template: quadlets/container }
rules:
  - { rule: no-published-ports, reason: It is private. }
validation:
  - { check: tcp, description: It listens., port: '{% if values.version == "unchecked" %}x{% else %}80{% endif %}' }
examples:
  - { name: good, manifest: { values: { version: "1.28" } } }
  - { name: open, manifest: { publish: ["80:80"] } }
  - { name: unchecked, manifest: { values: { version: unchecked } } }
  - { name: refused, manifest: { quadlet: { Container: { NoSuchKey: x } } } }
`;

function contextOn(world: World): Context {
  const { host } = connect(world, undefined);
  return {
    host,
    state: openState(host),
    layers: [],
    shipped: async () => SHIPPED,
    emit: () => undefined,
  };
}

async function check(patterns: Readonly<Record<string, string>>, podmanVersion?: string) {
  const context = contextOn(new World());
  const host =
    podmanVersion === undefined
      ? context.host
      : { ...context.host, podman: { ...context.host.podman, version: async () => podmanVersion } };
  const tree = { revision: null, files: new Map(Object.entries(patterns)) };
  const desired = await readDesired({ ...context, host }, tree);
  return { desired, checked: await checkExamples({ ...context, host }, desired) };
}

describe.skipIf(whyNoFakeHost !== undefined)("the examples of the patterns", () => {
  it("are all rendered and shown to podman's generator", async () => {
    const { checked } = await check({});
    expect(checked.issues.map(formatIssue)).toEqual([]);
    expect(checked.examples).toBeGreaterThan(25);
  });

  it("that break a rule or that the generator refuses are found at their place, and block nothing", async () => {
    const { desired, checked } = await check({
      "patterns/own.yaml": OWN,
      "desired-state/app.yaml": "pattern: own\n",
    });
    expect(desired.issues).toEqual([]);
    expect(checked.issues.map(formatIssue)).toEqual([
      expect.stringMatching(
        /^patterns\/own.yaml:13:\d+: example open of the pattern own: PublishPort=80:80 publishes ports/,
      ),
      expect.stringMatching(
        /^patterns\/own.yaml:14:\d+: example unchecked of the pattern own: the check "It listens.": "x" is not a port/,
      ),
      expect.stringMatching(/^patterns\/own.yaml:15:\d+: example refused of the pattern own: .*NoSuchKey/),
    ]);
    expect(checked.issues.map(({ instance }) => instance)).toEqual([undefined, undefined, undefined]);
  });

  it.each([...shippedPatterns().values()])(
    "of $name declare the oldest podman that supports what they render",
    ({ examples, requirements }) => {
      for (const example of examples) {
        const own = renderExample(example, CONTEXT).units.filter(({ instance }) => instance === example.name);
        const need = podmanNeed(own);
        expect(podmanKnows(requirements.podman ?? "", need?.version ?? ""), need?.line).toBe(true);
      }
    },
  );

  it("that need a newer podman than their pattern declares are found", async () => {
    const old = `${OWN.slice(0, OWN.indexOf("examples:"))}requirements: { podman: "4.7" }
examples:
  - { name: waits, manifest: { health: { cmd: "true" } } }
  - { name: stays, manifest: {} }
`;
    const { checked } = await check({ "patterns/own.yaml": old });
    expect(checked.issues.map(formatIssue)).toEqual([
      expect.stringMatching(
        /^patterns\/own.yaml:13:\d+: example waits of the pattern own: waits.container has Notify=healthy, which needs podman 5.0, but requirements.podman is 4.7 \(write 5.0\)$/,
      ),
    ]);
  });

  it("are skipped if a pattern needs a newer podman, and work with the oldest that it names", async () => {
    const versions = [...shippedPatterns().values()].map(
      ({ requirements }) => requirements.podman ?? "5.4.2",
    );
    const counts: number[] = [];
    for (const version of new Set(["4.6.0", ...versions].toSorted())) {
      const { checked } = await check({}, version);
      expect(checked.issues.map(formatIssue), version).toEqual([]);
      counts.push(checked.examples);
    }
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts[0]).toBeLessThan(counts.at(-1) ?? 0);
  });
});

describe.skipIf(whyNoFakeHost !== undefined)("the schema that a host prints", () => {
  it("knows the shipped patterns even without a repository", async () => {
    const { schema, issues } = await schemaOf(contextOn(new World()), "manifest", undefined);
    expect(issues).toEqual([]);
    expect(JSON.stringify(schema)).toContain('"values of cache-service"');
  });
});
