/** A web application with a route: an instance of the pattern reverse-proxy-backend. */
export function web(more = "", name = "web"): string {
  return `pattern: reverse-proxy-backend
image: docker.io/jellyfin/jellyfin:10.10.7
hostname: ${name}.example.org
port: 8096
health: { cmd: "curl -f http://localhost:8096/health || exit 1", interval: 2s, retries: 3 }
${more}`;
}

/** A cache for that application: an instance of the pattern cache-service. */
export function cache(more = ""): string {
  return `pattern: cache-service\nimage: docker.io/library/redis:7-alpine\n${more}`;
}

/** A small homelab: one application and its cache. */
export const HOMELAB = {
  "desired-state/web.yaml": web(),
  "desired-state/cache.yaml": cache(),
};
