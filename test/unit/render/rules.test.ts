import { describe, expect, test } from "vitest";
import type { InstanceSpec } from "../../../src/model/instance.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { backend, CONTEXT, instance, pattern, state, withPattern } from "./builder.ts";

type Spec = Partial<InstanceSpec>;

function messages(one: ReturnType<typeof backend>): readonly string[] {
  const { issues } = renderUnits(state([one]), CONTEXT);
  return issues.map((issue) => `${issue.code}: ${issue.message}`);
}

describe("the pattern reverse-proxy-backend", () => {
  test.each<[string, Spec]>([
    ["publish", { publish: ["8080:8080"] }],
    ["PublishPort", { quadlet: { Container: { PublishPort: "8080:8080" } } }],
    ["-p", { quadlet: { Container: { PodmanArgs: "--read-only -p 80:80" } } }],
    ["-dp", { quadlet: { Container: { PodmanArgs: "-dp80:80" } } }],
    ["a quoted --publish", { quadlet: { Container: { PodmanArgs: ['--init "--publish=80:80"'] } } }],
    ["--network", { quadlet: { Container: { PodmanArgs: "--network=host" } } }],
    ["host networking", { networks: ["host"] }],
    ["another container's network", { networks: ["traefik.container"] }],
    ["a pod", { quadlet: { Container: { Pod: "x.pod" } } }],
  ])("refuses a port by %s, and says why", (_name, spec) => {
    const found = messages(backend("web", spec));
    expect(found.length).toBeGreaterThan(0);
    for (const message of found) expect(message).toMatch(/^rule-broken: .*way around the reverse proxy/);
  });

  test.each<[string, Spec]>([
    ["its middleware left out", { route: { middlewares: ["security-headers"] } }],
    ["an access without log-in", { route: { access: "public" } }],
    ["a log-in of its own", { route: { access: "native" } }],
    ["a label of Traefik's", { labels: { "traefik.http.routers.x.rule": "Host(`x`)" } }],
    ["a verbatim label", { quadlet: { Container: { Label: ["traefik.enable=true"] } } }],
  ])("refuses to go without Authelia because of %s", (_name, spec) => {
    expect(messages(backend("web", spec))).toEqual([
      expect.stringMatching(/^rule-broken: .*relies on Authelia/),
    ]);
  });

  test.each<[string, Spec]>([
    ["admin access, which has Authelia too", { route: { access: "admin" } }],
    ["no route at all", { route: { access: "none" } }],
    [
      "other podman flags",
      { quadlet: { Container: { PodmanArgs: "--pids-limit 100 --privileged --ip 10.0.0.1" } } },
    ],
    ["a health command that has -p in it", { health: { cmd: 'check -p "80"' } }],
  ])("accepts %s", (_name, spec) => {
    expect(messages(backend("web", spec))).toEqual([]);
  });
});

describe("the pattern cache-service", () => {
  test.each<[string, Spec]>([
    ["a hostname", { hostname: "cache.example.org", port: 6379 }],
    ["a route", { route: { access: "public" } }],
    ["the reverse proxy's network", { networks: ["reverse_proxy"] }],
    ["that network under podman's name", { networks: ["systemd-reverse_proxy:ip=10.89.2.9"] }],
    ["that network verbatim", { quadlet: { Container: { Network: "reverse_proxy.network" } } }],
    ["a label of Traefik's", { labels: { "traefik.enable": "true" } }],
  ])("refuses %s", (_name, spec) => {
    const found = messages(instance("cache", { pattern: "cache-service", ...spec }));
    expect(found.length).toBeGreaterThan(0);
    for (const message of found) expect(message).toMatch(/^rule-broken: .*cache-service does not allow/);
  });

  test("refuses persistence of a server that has none", () => {
    const values = { variant: "memcached", persistence: "aof" };
    expect(messages(instance("cache", { pattern: "cache-service", values }))).toEqual([
      expect.stringContaining("values-refused: memcached keeps nothing on disk"),
    ]);
  });
});

test("a broken rule is reported at the place where the manifest breaks it, once for each rule", () => {
  const places = ["publish", "publish.0", "route", "route.access"];
  const one = backend("web", { publish: ["1:1"], route: { access: "public" } }, places);
  const { issues } = renderUnits(state([one]), CONTEXT);
  expect(issues.map((issue) => [issue.place?.line, issue.hint])).toEqual([
    [3, "rule no-published-ports"],
    [5, "rule require-middleware"],
  ]);
});

test("a middleware that the pattern forbids is refused", () => {
  const own = pattern({
    defaults: { ...pattern().defaults, access: "native" },
    rules: [{ rule: "forbid-middleware", middleware: "authelia@file", reason: "it is the log-in" }],
  });
  const render = (access: "native" | "authenticated") =>
    renderUnits(
      withPattern(
        state([instance("x", { pattern: "plain", hostname: "x.org", port: 1, route: { access } })]),
        own,
      ),
      CONTEXT,
    ).issues.map((issue) => issue.message);
  expect(render("native")).toEqual([]);
  expect(render("authenticated")).toEqual([
    "the route runs authelia@file, which plain does not allow: it is the log-in",
  ]);
});
