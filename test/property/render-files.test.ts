import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { InstanceSpec } from "../../src/model/instance.ts";
import { type RenderContext, renderUnits } from "../../src/render/index.ts";
import { describeGenerators } from "../support/describe-generators.ts";
import { flagValues, generatedCommands } from "../support/generated-command.ts";
import { possibleText } from "../support/odd-text.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "../unit/render/builder.ts";

type Spec = Partial<InstanceSpec>;

function render(spec: Spec, context: RenderContext = CONTEXT) {
  const own = instance("web", { pattern: "plain", ...spec });
  return renderUnits(withPattern(state([own]), pattern()), context);
}

/** The file at a path, as YAML; the reader of the programs that watch it takes these characters in escapes alone. */
function yamlAt(path: string, units: ReturnType<typeof render>["units"]): unknown {
  const content = units.find(({ name }) => name === path)?.content ?? "";
  expect(content).not.toMatch(/[^\n\P{Cc}]|[\u2028\u2029\ufeff]/u);
  return parse(content);
}

const label = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?$/);
const hostname = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const port = fc.integer({ min: 1, max: 65_535 });
const middlewares = fc.array(possibleText, { maxLength: 4 });
const fullNames = (names: readonly string[]) =>
  names.map((name) => (name.includes("@") ? name : `${name}@file`));

test("a route's values appear in Traefik's file exactly, and add nothing else to it", () => {
  fc.assert(
    fc.property(hostname, port, middlewares, (name, number, wanted) => {
      const route = { access: "public" as const, middlewares: wanted };
      const { units, issues } = render({ hostname: name, port: number, route });
      expect(issues).toEqual([]);
      const guards = wanted.length === 0 ? {} : { middlewares: fullNames(wanted) };
      expect(yamlAt("/home/ada/traefik/dynamic/web.yml", units)).toEqual({
        http: {
          routers: {
            "web-secure": {
              rule: `Host(\`${name}\`)`,
              entryPoints: ["websecure"],
              ...guards,
              service: "web",
              tls: { certResolver: "letsencrypt" },
            },
          },
          services: { web: { loadBalancer: { servers: [{ url: `http://web:${number}` }] } } },
        },
      });
    }),
    { numRuns: 200 },
  );
});

test("a text that is not a hostname is refused, and no file is written for it", () => {
  const text = possibleText.filter((name) => !/^[A-Za-z0-9.-]*$/.test(name));
  fc.assert(
    fc.property(text, (name) => {
      const { units, issues } = render({ hostname: name, port: 80, route: { access: "public" } });
      expect(issues.map(({ code }) => code)).toEqual(["value-invalid"]);
      expect(units).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test("a scrape target's values appear in Prometheus' file exactly, and add nothing else to it", () => {
  fc.assert(
    fc.property(port, possibleText, fc.integer({ min: 1, max: 600 }), (number, text, seconds) => {
      const metrics = { enabled: true, port: number, path: `/${text}`, interval: `${seconds}s` };
      const { units, issues } = render({ metrics });
      expect(issues).toEqual([]);
      expect(yamlAt("/home/ada/prometheus/targets/web.yml", units)).toEqual([
        {
          targets: [`web:${number}`],
          labels: {
            job: "web",
            __metrics_path__: `/${text}`,
            __scrape_interval__: `${seconds}s`,
            __scrape_timeout__: `${Math.min(10, seconds)}s`,
          },
        },
      ]);
    }),
    { numRuns: 200 },
  );
});

describeGenerators("a route in labels", (generator) => {
  test("reaches podman exactly", () => {
    const context: RenderContext = { ...CONTEXT, traefik: { ...CONTEXT.traefik, mode: "labels" } };
    fc.assert(
      fc.property(hostname, port, middlewares, (name, number, wanted) => {
        const route = { access: "public" as const, middlewares: wanted };
        const { units, issues } = render({ hostname: name, port: number, route }, context);
        expect(issues).toEqual([]);
        const argv = generatedCommands(generator, units).get("web.service")?.argv ?? [];
        const router = "traefik.http.routers.web-secure";
        const guards = wanted.length === 0 ? [] : [`${router}.middlewares=${fullNames(wanted).join(",")}`];
        expect(new Set(flagValues(argv, "--label").filter((one) => one.startsWith("traefik.")))).toEqual(
          new Set([
            "traefik.enable=true",
            `${router}.rule=Host(\`${name}\`)`,
            `${router}.entrypoints=websecure`,
            `${router}.tls=true`,
            `${router}.tls.certresolver=letsencrypt`,
            `${router}.service=web`,
            `traefik.http.services.web.loadbalancer.server.port=${number}`,
            ...guards,
          ]),
        );
      }),
      { numRuns: 40 },
    );
  });
});
