import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { MetricsSpec } from "../../../src/model/instance.ts";
import type { Metrics, Pattern } from "../../../src/model/pattern.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "./builder.ts";

const FILE = "/home/ada/prometheus/targets/web.yml";
const entry = (overrides: Partial<Metrics> = {}): Metrics => ({
  component: "",
  port: "9121",
  path: "/metrics",
  interval: "15s",
  ...overrides,
});

function render(
  given: Partial<Pattern>,
  spec: Partial<Parameters<typeof instance>[1]> = {},
  context = CONTEXT,
) {
  const own = instance("web", { pattern: "plain", ...spec });
  return renderUnits(withPattern(state([own]), pattern(given)), context);
}

function targets(given: Partial<Pattern>, spec: Partial<Parameters<typeof instance>[1]> = {}) {
  const { units, issues } = render(given, spec);
  expect(issues).toEqual([]);
  const unit = units.find(({ name }) => name === FILE);
  return unit === undefined ? undefined : parse(unit.content);
}

describe("the scrape targets of an instance", () => {
  test("are in a file of its own, with everything that Prometheus needs to know", () => {
    expect(targets({ metrics: [entry()] })).toEqual([
      {
        targets: ["web:9121"],
        labels: {
          job: "web",
          __metrics_path__: "/metrics",
          __scrape_interval__: "15s",
          __scrape_timeout__: "10s",
        },
      },
    ]);
    const unit = render({ metrics: [entry()] }).units.find(({ name }) => name === FILE);
    expect(unit).toMatchObject({ kind: "file", instance: "web", mode: "0644" });
    expect(unit?.content).toMatch(/^# Managed by quadgate\. Change desired-state\/web\.yaml /);
  });

  test("have a timeout that Prometheus accepts beside a short interval", () => {
    const [short] = targets({ metrics: [entry({ interval: "5s" })] });
    expect(short.labels).toMatchObject({ __scrape_interval__: "5s", __scrape_timeout__: "5s" });
    const [long] = targets({ metrics: [entry({ interval: "2m" })] });
    expect(long.labels).toMatchObject({ __scrape_interval__: "2m", __scrape_timeout__: "10s" });
  });

  test("include those of every component that is rendered", () => {
    const units = [
      { component: "", kind: "container" as const, template: "quadlets/container" },
      {
        component: "db",
        kind: "container" as const,
        template: "quadlets/container",
        defaults: { image: "x" },
      },
      { component: "gone", kind: "container" as const, template: "quadlets/container", when: "false" },
    ];
    const metrics = ["", "db", "gone"].map((component) => entry({ component }));
    const found = targets({ units, metrics });
    expect(found.map((group: { targets: string[] }) => group.targets)).toEqual([
      ["web:9121"],
      ["web-db:9121"],
    ]);
    expect(found[1].labels).toMatchObject({ job: "web", component: "db" });
  });

  test("are left out if the port is empty, or Prometheus is off", () => {
    expect(targets({ metrics: [entry({ port: "{% if values.x %}1{% endif %}" })] })).toBeUndefined();
    expect(targets({})).toBeUndefined();
    const off = { ...CONTEXT, prometheus: { ...CONTEXT.prometheus, mode: "off" as const } };
    const { units } = render({ metrics: [entry()] }, {}, off);
    expect(units.map(({ name }) => name)).toEqual(["web.container"]);
  });

  test("use the container's name, and the host's address on the host's network", () => {
    const named = { quadlet: { Container: { ContainerName: "other" } } };
    expect(targets({ metrics: [entry()] }, named)[0].targets).toEqual(["other:9121"]);
    expect(targets({ metrics: [entry()] }, { networks: ["host"] })[0].targets).toEqual([
      "host.containers.internal:9121",
    ]);
  });

  test("cannot be escaped by a value", () => {
    const path = '/a"\n- targets: [evil:1] # 🙂';
    expect(targets({ metrics: [entry({ path: "{{ values.path }}" })] }, { values: { path } })).toMatchObject([
      { targets: ["web:9121"], labels: { __metrics_path__: path } },
    ]);
  });

  test("contain no character that Prometheus' YAML reader takes for a line break or refuses", () => {
    const path = "/a\u2028b\u0085c\u007f\ufeffd";
    const { units } = render({ metrics: [entry({ path: "{{ values.path }}" })] }, { values: { path } });
    const content = units.find(({ name }) => name === FILE)?.content ?? "";
    expect(content).toContain("/a\\u2028b\\u0085c\\u007f\\ufeffd");
    expect(parse(content)[0].labels.__metrics_path__).toBe(path);
  });

  test("need a valid port", () => {
    const { issues } = render({ metrics: [entry({ port: "metrics" })] });
    expect(issues).toMatchObject([{ code: "value-invalid", instance: "web" }]);
  });
});

describe("the metrics of a manifest", () => {
  const metrics = (spec: Partial<MetricsSpec>) => ({ metrics: { enabled: true, ...spec } });

  test("replace what the pattern says, key by key", () => {
    const [group] = targets(
      { metrics: [entry({ path: "/stats" })] },
      metrics({ port: 1234, interval: "1m" }),
    );
    expect(group.targets).toEqual(["web:1234"]);
    expect(group.labels).toMatchObject({ __metrics_path__: "/stats", __scrape_interval__: "1m" });
  });

  test("give a target to an instance whose pattern has none, at the service's own port by default", () => {
    expect(targets({}, { port: 8080, ...metrics({}) })[0].targets).toEqual(["web:8080"]);
    expect(targets({}, metrics({}))).toBeUndefined();
  });

  test("are used as written: a path is not Liquid", () => {
    const path = "/{{ instance }}{% raw %}";
    expect(targets({ metrics: [entry()] }, metrics({ path }))[0].labels.__metrics_path__).toBe(path);
  });

  test("switch the targets off", () => {
    expect(targets({ metrics: [entry()] }, metrics({ enabled: false }))).toBeUndefined();
  });
});
