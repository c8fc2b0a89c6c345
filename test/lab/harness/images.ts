/** One image of the lab: what it is made of and the names it goes by. */
export interface LabImage {
  /** Every name gets a tag on the same image. */
  names: [string, ...string[]];
  /** The root file system that the image is imported from. */
  from: "busybox" | "redis" | "nginx";
  cmd: string[];
  entrypoint?: string[];
  env?: Record<string, string>;
  /** Ports that the image exposes, as in `80/tcp`. */
  expose?: string[];
  labels?: Record<string, string>;
}

/** An image whose service answers any path on `port` with 200 and `body`, or 503 while UNHEALTHY=1 is set. */
function standIn(names: LabImage["names"], port: number, body: string): LabImage {
  return { names, from: "busybox", cmd: ["standin", String(port), body], expose: [`${port}/tcp`] };
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
    expose: ["6379/tcp"],
  },
  {
    names: ["docker.io/library/nginx:1.27-alpine", "docker.io/library/nginx:1.28-alpine"],
    from: "nginx",
    cmd: ["nginx", "-g", "daemon off;"],
    expose: ["80/tcp"],
  },
  standIn(["docker.io/traefik/whoami:v1.10"], 80, ""),
  standIn(["docker.io/traefik/whoami:v1.11"], 80, ""),
  standIn(["docker.io/jellyfin/jellyfin:10.10.6"], 8096, "Healthy"),
  standIn(["docker.io/jellyfin/jellyfin:10.10.7"], 8096, "Healthy"),
];
