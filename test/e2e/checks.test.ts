import { expect, test } from "vitest";
import type { CheckResult } from "../../src/model/check.ts";
import { describeHomelab, HEALTHY, type SyncDocument } from "../support/flow-homelab.ts";
import { cache, web } from "../support/flow-manifests.ts";

interface DeployReport extends SyncDocument {
  readonly deployment: {
    readonly checks: readonly CheckResult[];
    readonly steps: readonly { readonly number: number; readonly status: string; readonly detail?: string }[];
  };
}

interface PrerequisiteFindings {
  readonly ready: boolean;
  readonly instances: readonly {
    readonly instance: string;
    readonly validation: readonly CheckResult[] | null;
  }[];
}

/** The cache's server writes "Ready to accept connections" when it starts, and answers PONG. */
const STRICT = `extends: cache-service
validation:
  - { check: tcp, port: "6380", description: It listens on another port. }
  - { check: command, run: [redis-cli, ping], expect: PING, description: It says PING. }
  - { check: command, run: [no-such-program], description: It has a program. }
  - { check: no-log, match: Ready to accept connections, description: It is not ready. }
commonIssues:
  - { symptom: "The log says \\"ready to accept connections\\".", cause: It is well., fix: Leave it alone. }
`;

const PROXY = `[Container]
Image=docker.io/library/traefik:nginx
ContainerName=proxy
PublishPort=127.0.0.1:8443:443
Volume=%h/proxy:/etc/nginx/conf.d:ro
`;

const site = (status: string) => `server {
  listen 443 ssl;
  server_name web.example.org;
  ssl_certificate conf.d/c.pem;
  ssl_certificate_key conf.d/k.pem;
  location / { return ${status}; }
}
server {
  listen 443 ssl default_server;
  ssl_certificate conf.d/c.pem;
  ssl_certificate_key conf.d/k.pem;
  location / { return 418; }
}
`;

const statuses = (results: readonly CheckResult[]) =>
  results.map(({ check, status }) => `${check} ${status}`);

describeHomelab(
  "the checks of a pattern",
  {
    files: {
      "desired-state/cache.yaml": cache(),
      "desired-state/web.yaml": web(),
      "patterns/strict.yaml": STRICT,
    },
  },
  (home) => {
    const doctor = async (name: string) => {
      const { exitCode, document } = await home().ask<PrerequisiteFindings>("doctor", name);
      return { exitCode, results: document.instances[0]?.validation ?? null };
    };

    test("are not run for an instance that is not deployed", async () => {
      expect(await doctor("cache")).toMatchObject({ results: null });
    });

    test("are run by a deployment, within the container's own network, and reported with its ninth step", async () => {
      const { exitCode, document } = await home().ask<DeployReport>("deploy", "cache");
      expect(exitCode).toBe(0);
      expect(statuses(document.deployment.checks)).toEqual(["tcp passed", "command passed", "no-log passed"]);
      expect(document.deployment.steps[8]).toMatchObject({ status: "done", detail: "3 checks passed" });
    });

    test("warn if they fail, with what was seen and where to look, and undo nothing", async () => {
      const said = await home().lab.quadgate(["deploy", "strict", "--pattern", "strict"]);
      expect(said.exitCode, said.all).toBe(0);
      expect(said.stderr).toMatch(/^⚠ {2}9 verify .* 0 of 4 checks passed, 3 failed, 1 could not be run$/m);
      expect(said.stdout).toMatch(
        /^ {2}✗ It listens on another port \(10\.[0-9.]+:6380: connection refused, /m,
      );
      expect(said.stdout).toContain("the output of the command in strict does not match /PING/");
      expect(said.stdout).toMatch(/^ {6}it says: +PONG$/m);
      expect(said.stdout).toContain("· It has a program (not checked: the image has no no-such-program)");
      expect(said.stdout).toMatch(
        /^ {6}known as: +The log says "ready to accept connections": It is well\.$/m,
      );
      expect(said.stdout).toMatch(/^ {6}look: +podman logs strict$/m);
      expect(said.stderr).toContain(
        "warning: the deployment stands; repeat the checks with: quadgate doctor strict",
      );
      expect(await home().systemctl("is-active", "strict.service")).toBe("active");
    });

    test("can be repeated, change nothing, and give programs nothing of what services print", async () => {
      const before = await home().lab.snapshot();
      const { exitCode, results } = await doctor("strict");
      expect(exitCode).toBe(1);
      expect(statuses(results ?? [])).toEqual([
        "tcp failed",
        "command failed",
        "command not-checked",
        "no-log failed",
      ]);
      expect(JSON.stringify(results)).not.toContain("PONG");
      expect(await home().lab.snapshot()).toBe(before);
      expect(await doctor("cache")).toMatchObject({ exitCode: 0 });
    });

    test("ask Traefik for the instance's name, if Traefik runs", async () => {
      const { document } = await home().ask<DeployReport>("deploy", "web");
      expect(document.deployment.checks).toMatchObject([
        { check: "tcp", status: "passed" },
        { check: "route", status: "not-checked", message: "no Traefik container is running here" },
      ]);
      await home().sh(`podman tag docker.io/library/nginx:1.27-alpine docker.io/library/traefik:nginx
        mkdir proxy
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x \\
          -keyout proxy/k.pem -out proxy/c.pem 2>/dev/null
        chmod 644 proxy/k.pem`);
      await home().lab.write("/home/homelab/proxy/site.conf", site("302 https://auth.example.org/"));
      // Deployments have been committed since.
      await home().repo.git("pull", "-q", "origin", "main");
      await home().deploy({ "desired-state/proxy.container": PROXY }, "Add a proxy");
      const { exitCode, results } = await doctor("web");
      expect({ exitCode, route: results?.[1] }).toMatchObject({
        exitCode: 0,
        route: { status: "passed", message: "https://web.example.org/ answers 302" },
      });
      await home().lab.write("/home/homelab/proxy/site.conf", site("404"));
      await home().podman("exec", "proxy", "nginx", "-s", "reload");
      const wrong = await doctor("web");
      expect(wrong.exitCode).toBe(1);
      expect(wrong.results?.[1]).toMatchObject({
        status: "failed",
        message: "https://web.example.org/ answers 404, not 302, 303 or 401",
        look: "podman logs proxy",
        issues: [{ symptom: "404 from Traefik" }],
      });
    });

    test("report that a stopped service does not run", async () => {
      await home().systemctl("stop", "cache.service");
      const { exitCode, results } = await doctor("cache");
      expect(exitCode).toBe(1);
      expect(new Set(results?.map(({ message }) => message))).toEqual(
        new Set(["no container of cache.service is running"]),
      );
    });
  },
);

describeHomelab(
  "the checks of a pattern, as root",
  { files: { "desired-state/cache.yaml": cache() }, user: "root", settings: HEALTHY },
  (home) => {
    test("enter the container's network without podman's user namespace", async () => {
      await home().sh(`git config --global --add safe.directory ${home().repo.url}`);
      const { exitCode, document } = await home().ask<DeployReport>("deploy", "cache");
      expect(exitCode).toBe(0);
      expect(statuses(document.deployment.checks)).toEqual(["tcp passed", "command passed", "no-log passed"]);
    });
  },
);
