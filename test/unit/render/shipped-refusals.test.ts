import { describe, expect, test } from "vitest";
import type { InstanceSpec } from "../../../src/model/instance.ts";
import { renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, instance, state } from "./builder.ts";

type Row = readonly [pattern: string, spec: Partial<InstanceSpec>, refusal: RegExp | undefined];

const hostname = "box.example.org";
const image = "docker.io/library/busybox:1.37";
const DOCUMENTS = { database: "box-db", databaseSecret: "box-db-password", cache: "box-redis" };
const documents = (more: object) => ({
  ...DOCUMENTS,
  consumeFolder: "/srv/in",
  exportFolder: "/srv/out",
  ...more,
});

/** What a pattern's template or rules say to a manifest that goes against what it is for. */
const ROWS: readonly Row[] = [
  ["media-server-stack", { hostname, volumes: ["/srv/films:/media/films:ro"] }, undefined],
  ["media-server-stack", { hostname, volumes: ["/srv/films:/media/films"] }, /media are mounted read-only/],
  ["media-server-stack", { hostname, volumes: ["/srv/media:/media:z,rw"] }, /media are mounted read-only/],
  ["media-server-stack", { hostname, volumes: ["/srv/x:/mediathek"] }, undefined],
  [
    "media-server-stack",
    { hostname, values: { mediaWritable: true }, volumes: ["/srv/media:/media"] },
    undefined,
  ],
  ["media-server-stack", { hostname, publish: ["8096:8096"] }, /publishes ports/],
  ["document-management", { hostname, values: documents({}), dependsOn: ["box-db", "box-redis"] }, undefined],
  [
    "document-management",
    { hostname, values: documents({}), dependsOn: ["box-db"] },
    /dependsOn must name the database and the cache/,
  ],
  [
    "document-management",
    {
      hostname,
      values: documents({}),
      dependsOn: ["box-db", "box-redis"],
      route: { middlewares: ["rate-limit"] },
    },
    /does not run authelia@file/,
  ],
  ["home-automation", { hostname, values: { hostNetwork: true } }, undefined],
  ["home-automation", { hostname, networks: ["host"] }, /publishes ports/],
  ["photo-management", { hostname, networks: ["reverse_proxy"], publish: ["2283:2283"] }, /publishes ports/],
  ["photo-management", { hostname, environment: { API_TOKEN: "hush" } }, /API_TOKEN/],
  ["public-site", { hostname, publish: ["80:80"] }, /publishes ports/],
  ["background-worker", { image, values: { app: "box" }, hostname }, /it has a hostname/],
  ["background-worker", { image, networks: ["reverse_proxy"] }, /may put it on reverse_proxy/],
  ["cache-service", { memory: "64M" }, undefined],
  ["cache-service", { memory: "64M", values: { maxmemory: "65M" } }, /maxmemory is more than memory/],
  ["database-service", { memory: "256M" }, undefined],
  ["database-service", { memory: "256M", values: { cache: "1G" } }, /cache is more than memory/],
  ["reverse-proxy", {}, undefined],
  ["reverse-proxy", { values: { challenge: "dns" } }, /needs values.dnsProvider/],
  ["reverse-proxy", { hostname }, /leads to the dashboard/],
  [
    "reverse-proxy",
    { hostname, values: { dashboard: true }, route: { access: "native" } },
    /does not run authelia@file/,
  ],
];

describe("a shipped pattern", () => {
  test.each(ROWS)("%s with %j is refused with %s", (pattern, spec, refusal) => {
    const { issues } = renderUnits(state([instance("box", { pattern, ...spec })]), CONTEXT);
    const messages = issues.map(({ message }) => message);
    expect(messages).toEqual(refusal === undefined ? [] : [expect.stringMatching(refusal)]);
  });
});
