import { once } from "node:events";
import { readFileSync } from "node:fs";
import { HEALTHY, type Homelab } from "./flow-homelab.ts";

/** Kept when the power is cut. */
const FOLDER = "/srv/registry";
const PROXY = readFileSync(new URL("./registry-proxy.cjs", import.meta.url), "utf8");
const CONFIG = `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${FOLDER}/data }, delete: { enabled: true } }
http: { addr: "127.0.0.1:5001" }
`;

/** Settings of a healthy host whose syncs wait for nothing after a good start. */
export const QUICK = `${HEALTHY}verify: { stable: 0s }\n`;

/** How the registry treats one repository; see registry-proxy.cjs. */
interface Rule {
  readonly delayMs?: number;
  readonly status?: number;
  readonly login?: string;
  readonly bytesPerSecond?: number;
  readonly cutAfter?: number;
}

/** A registry of container images on port 5000 of a lab. */
export interface Registry {
  /**
   * Puts an image there that answers on port 80 with `says`, under each of the names (`app:1`), and removes it from
   * this host. Returns its digest. `megabytes` of it are random, and all of them one layer.
   */
  push(says: string, names: readonly string[], megabytes?: number): Promise<string>;
  /** Replaces all rules; by repository (`app`). */
  rules(rules: Readonly<Record<string, Rule>>): Promise<void>;
  /** The requests so far that match, without HEAD. */
  requests(pattern: RegExp): Promise<readonly string[]>;
}

export async function startRegistry({ lab, sh }: Homelab): Promise<Registry> {
  const files = { "proxy.cjs": PROXY, "config.yml": CONFIG, "rules.json": "{}", log: "" };
  for (const [name, text] of Object.entries(files))
    await lab.write(`${FOLDER}/${name}`, text, { user: "root" });
  lab.spawn(["docker-registry", "serve", `${FOLDER}/config.yml`], { user: "root" });
  const proxy = ["node", `${FOLDER}/proxy.cjs`, `${FOLDER}/rules.json`, `${FOLDER}/log`];
  const child = lab.spawn(proxy, { user: "root" });
  await once(child.stdout, "data");
  await sh("until curl -sf localhost:5001/v2/ >/dev/null; do sleep 0.1; done");
  return {
    push: async (says, names, megabytes = 0) => {
      const names5001 = names.map((name) => `localhost:5001/${name}`);
      const id = await sh(`set -e; mkdir -p ~/registry; cd ~/registry
        head -c ${megabytes * 1e6} /dev/urandom >filling
        printf 'FROM localhost/busybox:latest\\nCOPY filling /\\nCMD ["standin", "80", "${says}"]\\n' >Containerfile
        id=$(podman build -q --no-cache .)
        for name in ${names5001.join(" ")}; do
          podman push -q --tls-verify=false --digestfile digest $id docker://$name
        done
        podman rmi -f $id >/dev/null
        cat digest`);
      return id.trim();
    },
    rules: (rules) => lab.write(`${FOLDER}/rules.json`, JSON.stringify(rules), { user: "root" }),
    requests: async (pattern) =>
      (await lab.read(`${FOLDER}/log`)).split("\n").filter((line) => pattern.test(line)),
  };
}

/** A container on port 8080 of an image in the registry. */
export function app(image: string, more = ""): string {
  return `[Container]\nImage=${image}\nContainerName=app\nPublishPort=127.0.0.1:8080:80\n${more}`;
}

/** The file of that container. */
export const APP = "desired-state/app.container";
/** The full name of an image in the registry. */
export const at = (name: string) => `localhost:5000/${name}`;

/** Asks the service ten times a second until the work ends; returns how often no answer came. */
export async function silenceDuring(
  { lab }: Homelab,
  work: () => Promise<unknown>,
): Promise<{ readonly asked: number; readonly silent: number }> {
  const asking = lab.spawn([
    "bash",
    "-c",
    "while sleep 0.1; do curl -s -m 2 -o /dev/null localhost:8080 && echo up || echo down; done",
  ]);
  let said = "";
  asking.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await work();
  asking.kill("SIGKILL");
  await asking.catch(() => undefined);
  const answers = said.split("\n").filter(Boolean);
  return { asked: answers.length, silent: answers.filter((answer) => answer === "down").length };
}

/** What the service says now. */
export const answer = ({ sh }: Homelab) => sh("curl -s -m 2 localhost:8080");
