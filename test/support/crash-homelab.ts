import type { Files } from "./crash.ts";

export const container = (image: string, more = "") => `[Unit]
Description=A container

[Container]
Image=docker.io/library/${image}
${more}
[Service]
Restart=always
`;

export const web = (image: string) => `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
networks: [shared]
health: { cmd: "true", interval: 2s }
`;

const networks = (subnet: string) => `shared: { subnet: ${subnet} }\n`;

export const HOMELAB: Files = {
  "desired-state/networks.yaml": networks("10.89.2.0/24"),
  "desired-state/web.yaml": web("web:1"),
  "desired-state/db.container": container("db:1", "Network=shared.network\nVolume=db.volume:/data\n"),
  "desired-state/db.volume": "[Volume]\n",
};

export const without = (files: Files, ...names: readonly string[]): Files =>
  Object.fromEntries(
    Object.entries(files).filter(([name]) => !names.includes(name.replace("desired-state/", ""))),
  );

export const NETWORKS = { "desired-state/networks.yaml": networks("10.89.3.0/24") };
export const NEW = { "desired-state/new.container": container("new:1", "Network=own.network\n") };
export const OK = ["in-sync", "applied"];
