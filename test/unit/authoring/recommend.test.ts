import { describe, expect, it } from "vitest";
import { recommend } from "../../../src/authoring/recommend.ts";
import { state } from "../render/builder.ts";

const patterns = [...state([]).patterns.values()];
const names = (...search: string[]) => recommend(patterns, search).map(({ pattern }) => pattern.name);

describe("the recommended pattern for", () => {
  it.each([
    ["jellyfin", "media-server-stack"],
    ["jellyfn", "media-server-stack"],
    ["docker.io/library/redis:8", "cache-service"],
    ["valkey", "cache-service"],
    ["docker.io/library/postgres@sha256:abc", "database-service"],
    ["registry.example.org:5000/mirror/postgres:17", "database-service"],
    ["mariadb", "database-service"],
    ["gitea", "web-app-with-database"],
    ["Wiki.js", "web-app-with-database"],
    ["quay.io/prometheus/node-exporter:v1.9.1", "monitoring-exporter"],
    ["authelia", "authentication-stack"],
    ["sso", "authentication-stack"],
    ["traefik", "reverse-proxy"],
    ["immich", "photo-management"],
    ["paperless", "document-management"],
    ["zigbee", "home-automation"],
    ["docker.io/prom/prometheus:v3", "reverse-proxy-backend"],
    ["prometheus", "reverse-proxy-backend"],
    ["quay.io/prometheus/node-exporter:v2", "monitoring-exporter"],
    ["docker.io/prom/mysqld-exporter", "monitoring-exporter"],
  ])("%s is %s", (search, expected) => {
    expect(names(search)[0]).toBe(expected);
  });

  it("every example service is the one that it uses, by name and by image", () => {
    for (const pattern of patterns) {
      for (const { name, image } of pattern.exampleServices) {
        expect(names(image).slice(0, 2), image).toContain(pattern.name);
        expect(names(name).slice(0, 3), name).toContain(pattern.name);
      }
    }
  });

  it("an image depends on its name, not on its publisher or on another pattern's description", () => {
    expect(names("docker.io/postgres/pgadmin:9")).toEqual([]);
    expect(names("docker.io/prom/prometheus:v3")).not.toContain("monitoring-exporter");
    expect(names("docker.io/redis/redisinsight")).not.toContain("cache-service");
    expect(names("docker.io/vaultwarden/server")[0]).toBe(names("vaultwarden")[0]);
  });

  it("a few words is found by use cases", () => {
    expect(names("scanned", "papers")[0]).toBe("document-management");
    expect(names("admin", "tool", "without", "a", "log-in")[0]).toBe("reverse-proxy-backend");
    expect(names("web app")).toContain("web-app-with-database");
  });

  it("something unknown is undefined", () => {
    expect(names("quantum entanglement")).toEqual([]);
    expect(names("docker.io/acme/server:1")).toEqual([]);
    expect(names("docker.io/acme/scraper:1")).toEqual([]);
    expect(names("the of and")).toEqual([]);
    expect(names("")).toEqual([]);
  });
});

describe("a recommendation", () => {
  it("gives its reasons, the strongest first, and the service that it recognised", () => {
    const [best] = recommend(patterns, ["docker.io/library/redis:7.4-alpine"]);
    expect(best?.reasons[0]).toBe("Redis with this image is one of its examples");
    expect(best?.service?.values).toEqual({ variant: "redis" });
  });

  it("comes with others, ordered by how well they fit", () => {
    const scores = recommend(patterns, ["postgres", "for", "a", "wiki"]).map(({ score }) => score);
    expect(scores.length).toBeGreaterThan(1);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });
});
