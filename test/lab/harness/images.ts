/** A root file system that `recipe/image-roots.sh` makes. */
type RootFileSystem =
  | "busybox"
  | "mariadb"
  | "memcached"
  | "nginx"
  | "node-exporter"
  | "postgres"
  | "prometheus"
  | "redis"
  | "traefik";

/** One image of the lab: what it is made of and the names it goes by. */
export interface LabImage {
  /** Every name gets a tag on the same image. */
  names: [string, ...string[]];
  /** The root file system that the image is imported from. */
  from: RootFileSystem;
  cmd: string[];
  entrypoint?: string[];
  /** Who its processes run as, unless that is root. */
  user?: string;
  env?: Record<string, string>;
  /** Ports that the image exposes, as in `80/tcp`. */
  expose?: string[];
  /** A folder that gets a volume of its own where nothing is mounted on it. */
  volume?: string;
  workdir?: string;
  stopSignal?: string;
  labels?: Record<string, string>;
}

/** An image whose service answers any path on `port` with 200 and `body`, or 503 while UNHEALTHY=1 is set. */
function standIn(names: LabImage["names"], port: number, body: string): LabImage {
  return { names, from: "busybox", cmd: ["standin", String(port), body], expose: [`${port}/tcp`] };
}

/** The same, whatever command the container is given. */
function server(name: string, port: number): LabImage {
  const entrypoint = ["standin", String(port), "up"];
  return { names: [name], from: "busybox", cmd: [], entrypoint, expose: [`${port}/tcp`] };
}

/** An image that does nothing, whatever command the container is given, until it is told to stop. */
function worker(name: string, entrypoint: string): LabImage {
  return { names: [name], from: "busybox", cmd: [], entrypoint: [entrypoint] };
}

/** PostgreSQL, whose files belong to `account`. */
function postgres(name: string, account: "postgres" | "postgres-alpine"): LabImage {
  return {
    names: [name],
    from: "postgres",
    cmd: ["postgres"],
    entrypoint: ["postgres-entrypoint"],
    env: {
      PATH: "/usr/local/bin:/usr/lib/postgresql/17/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      PGDATA: "/var/lib/postgresql/data",
      RUN_AS: account,
    },
    volume: "/var/lib/postgresql/data",
    stopSignal: "SIGINT",
    expose: ["5432/tcp"],
  };
}

/**
 * The images that every lab starts with, rootful and rootless. No two entries have the same image id. A stand-in needs
 * one line here; changing this list makes the next boot build a new base.
 */
export const labImages: LabImage[] = [
  { names: ["localhost/busybox:latest"], from: "busybox", cmd: ["hold"] },
  {
    names: ["docker.io/library/busybox:1.37", "docker.io/library/busybox:latest"],
    from: "busybox",
    cmd: ["sh"],
  },
  {
    names: ["docker.io/library/busybox:1.36"],
    from: "busybox",
    cmd: ["sh"],
  },
  {
    names: [
      "docker.io/library/redis:7-alpine",
      "docker.io/library/redis:7.4-alpine",
      "docker.io/valkey/valkey:8-alpine",
    ],
    from: "redis",
    cmd: ["redis-server", "--protected-mode", "no", "--dir", "/data"],
    entrypoint: ["redis-entrypoint"],
    volume: "/data",
    workdir: "/data",
    expose: ["6379/tcp"],
  },
  {
    names: ["docker.io/library/nginx:1.27-alpine", "docker.io/library/nginx:1.28-alpine"],
    from: "nginx",
    cmd: ["nginx", "-g", "daemon off;"],
    stopSignal: "SIGQUIT",
    expose: ["80/tcp"],
  },
  {
    names: ["docker.io/library/memcached:1.6-alpine"],
    from: "memcached",
    cmd: ["memcached"],
    user: "memcache",
    expose: ["11211/tcp"],
  },
  postgres("docker.io/library/postgres:17", "postgres"),
  postgres("docker.io/library/postgres:17-alpine", "postgres-alpine"),
  postgres("ghcr.io/immich-app/postgres:14-vectorchord0.4.3-pgvectors0.2.0", "postgres"),
  {
    names: ["docker.io/library/mariadb:11.8"],
    from: "mariadb",
    cmd: ["mariadbd"],
    entrypoint: ["mariadb-entrypoint"],
    env: { LANG: "C.UTF-8" },
    volume: "/var/lib/mysql",
    expose: ["3306/tcp"],
  },
  {
    names: ["docker.io/prom/prometheus:v2.53.3"],
    from: "prometheus",
    cmd: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
    entrypoint: ["/bin/prometheus"],
    user: "nobody",
    volume: "/prometheus",
    workdir: "/prometheus",
    expose: ["9090/tcp"],
  },
  {
    names: ["quay.io/prometheus/node-exporter:v1.9.1"],
    from: "node-exporter",
    cmd: [],
    entrypoint: ["/bin/node_exporter"],
    user: "nobody",
    expose: ["9100/tcp"],
  },
  standIn(["docker.io/traefik/whoami:v1.10"], 80, ""),
  standIn(["docker.io/traefik/whoami:v1.11"], 80, ""),
  standIn(["docker.io/jellyfin/jellyfin:10.10.6"], 8096, "Healthy"),
  standIn(["docker.io/jellyfin/jellyfin:10.10.7"], 8096, "Healthy"),
  standIn(["docker.io/jellyfin/jellyfin:10.11.3"], 8096, "Healthy"),
  server("docker.io/plexinc/pms-docker:1.42.2.10156-f737b826c", 32400),
  server("docker.io/deluan/navidrome:0.58.5", 4533),
  server("ghcr.io/advplyr/audiobookshelf:2.30.0", 80),
  server("ghcr.io/paperless-ngx/paperless-ngx:2.19.6", 8000),
  server("docker.io/apache/tika:3.2.3.0", 9998),
  server("docker.io/gotenberg/gotenberg:8.25.0", 3000),
  server("docker.io/library/caddy:2.10-alpine", 80),
  server("ghcr.io/home-assistant/home-assistant:2025.11.2", 8123),
  server("ghcr.io/koenkk/zigbee2mqtt:2.6.3", 8080),
  server("ghcr.io/esphome/esphome:2025.11.0", 6052),
  server("docker.io/nodered/node-red:4.1.1", 1880),
  server("ghcr.io/immich-app/immich-server:v2.3.1", 2283),
  server("ghcr.io/immich-app/immich-machine-learning:v2.3.1", 3003),
  server("docker.io/library/mysql:8.4", 3306),
  server("docker.io/authelia/authelia:4.39", 9091),
  server("ghcr.io/authelia/authelia:4.39", 9091),
  server("docker.io/requarks/wiki:2.5", 3000),
  server("docker.io/library/wordpress:6.8", 80),
  server("ghcr.io/gethomepage/homepage:v1.3.2", 3000),
  server("docker.io/codercom/code-server:4.100.3", 8080),
  server("docker.io/oliver006/redis_exporter:v1.74.0-alpine", 9121),
  worker("ghcr.io/goauthentik/server:2025.10.2", "ak"),
  worker("docker.io/netboxcommunity/netbox:v4.4-3.4.1", "hold"),
  { names: ["docker.io/library/traefik:v3.6.2"], from: "traefik", cmd: [], entrypoint: ["traefik"] },
];
