import { expect, test } from "vitest";
import { parse } from "yaml";
import { describeHomelab, HEALTHY, workOf } from "../support/flow-homelab.ts";
import { web } from "../support/flow-manifests.ts";

const labelsOf = async (podman: (...args: string[]) => Promise<string>, name: string) => {
  const [container] = JSON.parse(await podman("container", "inspect", name));
  return container.Config.Labels as Record<string, string>;
};

describeHomelab(
  "routes for Traefik",
  { files: { "desired-state/web.yaml": web(), "desired-state/blog.yaml": web("", "blog") } },
  (home) => {
    const route = async (name: string) => parse(await home().lab.read(`${home().routeDir}/${name}.yml`));
    const labels = (name: string) => labelsOf((...args) => home().podman(...args), name);

    test("are in one file for each instance, as Traefik's file provider reads it", async () => {
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
      expect(await home().sh(`ls ${home().routeDir}`)).toBe("blog.yml\nweb.yml");
      expect(await route("web")).toEqual({
        http: {
          routers: {
            "web-secure": {
              rule: "Host(`web.example.org`)",
              entryPoints: ["websecure"],
              middlewares: [
                "crowdsec-bouncer@file",
                "rate-limit-auth@file",
                "authelia@file",
                "security-headers@file",
              ],
              service: "web",
              tls: { certResolver: "letsencrypt" },
            },
          },
          services: { web: { loadBalancer: { servers: [{ url: "http://web:8096" }] } } },
        },
      });
      expect(Object.keys(await labels("web")).filter((name) => name.startsWith("traefik."))).toEqual([]);
    });

    test("follow the manifest without a restart of the service", async () => {
      const before = await home().identity("web");
      const { document } = await home().deploy(
        { "desired-state/web.yaml": web("").replace("web.example.org", "www.example.org") },
        "Rename",
      );
      expect(workOf(document)).toEqual([`update ${home().routeDir}/web.yml`]);
      expect((await route("web")).http.routers["web-secure"].rule).toBe("Host(`www.example.org`)");
      expect(await home().identity("web")).toBe(before);
    });

    test("that two instances ask for are an error on both, and neither is changed", async () => {
      const same = web("", "blog").replace("blog.example.org", "WWW.example.org");
      const raw =
        "[Container]\nImage=docker.io/library/busybox:1.37\nLabel=traefik.http.routers.old.rule=Host(`www.example.org`)\n";
      const { exitCode, document, stderr } = await home().deploy(
        { "desired-state/blog.yaml": same, "desired-state/old.container": raw },
        "Ask for one name three times",
      );
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /desired-state\/blog\.yaml:3:\d+: blog and old and web both ask for www\.example\.org/,
      );
      expect(stderr).toMatch(/desired-state\/web\.yaml:3:\d+: /);
      expect(stderr).toMatch(/desired-state\/old\.container.*: /);
      expect(workOf(document)).toEqual([]);
      await home().deploy(
        { "desired-state/blog.yaml": web("", "blog"), "desired-state/old.container": null },
        "Ask once",
      );
    });

    test("move to the container with mode labels, and the file is removed", async () => {
      await home().configure(`${HEALTHY}traefik: { mode: labels }\n`);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await home().sh(`ls ${home().routeDir}`)).toBe("");
      const prefix = "traefik.http.routers.blog-secure";
      expect(await labels("blog")).toMatchObject({
        "traefik.enable": "true",
        "traefik.docker.network": "systemd-reverse_proxy",
        [`${prefix}.rule`]: "Host(`blog.example.org`)",
        [`${prefix}.entrypoints`]: "websecure",
        [`${prefix}.middlewares`]:
          "crowdsec-bouncer@file,rate-limit-auth@file,authelia@file,security-headers@file",
        [`${prefix}.service`]: "blog",
        [`${prefix}.tls.certresolver`]: "letsencrypt",
        "traefik.http.services.blog.loadbalancer.server.port": "8096",
      });
      expect(await home().ask("plan")).toMatchObject({ exitCode: 0 });
    });

    test("are written nowhere with mode off", async () => {
      await home().configure(`${HEALTHY}traefik: { mode: off }\n`);
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await home().sh(`ls ${home().routeDir}`)).toBe("");
      expect(Object.keys(await labels("blog")).filter((name) => name.startsWith("traefik."))).toEqual([]);
    });

    test("go with their instance, while other files stay", async () => {
      await home().configure(HEALTHY);
      await home().ask("reconcile");
      await home().lab.write(`${home().routeDir}/mine.yml`, "http: {}\n");
      expect(await home().deploy({ "desired-state/blog.yaml": null }, "Remove blog")).toMatchObject({
        exitCode: 0,
      });
      expect(await home().sh(`ls ${home().routeDir}`)).toBe("mine.yml\nweb.yml");
    });
  },
);
