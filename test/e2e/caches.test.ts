import { beforeAll, expect, test } from "vitest";
import { checksOf, describeHomelab } from "../support/flow-homelab.ts";

/** Each on a network of its name, as redis-cli or valkey-cli reaches it. */
const CACHES = [
  { name: "pages", variant: "redis", persistence: "ephemeral", afterwards: "" },
  { name: "cloud", variant: "redis", persistence: "rdb", afterwards: "kept" },
  { name: "jobs", variant: "valkey", persistence: "aof", afterwards: "kept" },
] as const;
const IMAGES = { redis: "docker.io/library/redis:7.4-alpine", valkey: "docker.io/valkey/valkey:8-alpine" };

const files = CACHES.map(({ name, variant, persistence }) => {
  const values = { variant, persistence, maxmemory: "64M", eviction: "volatile-lru" };
  return [`desired-state/${name}.yaml`, JSON.stringify({ pattern: "cache-service", values })];
});

describeHomelab("a cache", { files: Object.fromEntries(files) }, (home) => {
  /** What a client in a container of its own gets to hear. */
  const ask = ({ name, variant }: (typeof CACHES)[number], ...words: readonly string[]) =>
    home().podman(
      ...["run", "--rm", `--network=systemd-${name}`, IMAGES[variant]],
      ...[`${variant}-cli`, "-h", name, ...words],
    );

  beforeAll(async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
  });

  test.each(CACHES)("$name ($variant) has the limits of its values", async (cache) => {
    expect(await ask(cache, "CONFIG", "GET", "maxmemory")).toBe(`maxmemory\n${64 * 1024 ** 2}`);
    expect(await ask(cache, "CONFIG", "GET", "maxmemory-policy")).toBe("maxmemory-policy\nvolatile-lru");
  });

  test.each(CACHES)("$name ($variant) passes the checks of its pattern", async ({ name }) => {
    expect(await checksOf(home(), name)).toEqual(["command", "no-log", "tcp"]);
  });

  test.each(CACHES)("$name ($persistence) keeps the intended data over a restart", async (cache) => {
    expect(await ask(cache, "SET", "word", "kept")).toBe("OK");
    await home().systemctl("restart", `${cache.name}.service`);
    expect(await ask(cache, "GET", "word")).toBe(cache.afterwards);
    const owners = await home().podman("exec", cache.name, "find", "/data", "!", "-user", "redis");
    expect(owners).toBe("");
  });
});
