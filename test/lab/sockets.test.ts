import { beforeAll, expect, test } from "vitest";
import { describeHomelab, type Homelab } from "../support/flow-homelab.ts";

const FOLDER = "/home/homelab/.config/systemd/user";
const traefik = (more: string) => ({ "desired-state/traefik.yaml": `pattern: reverse-proxy\n${more}` });
const PORTS = "values: { httpPort: 8000, httpsPort: 8443 }\n";

/** What is answered on a port of the host's address on the network; empty where nobody listens. */
async function ask(home: Homelab, port: number): Promise<string> {
  return home.sh(`curl -s --max-time 5 -o /dev/null -w '%{http_code}' http://192.168.1.70:${port}/ || true`);
}

/** Tells the story of one Traefik that systemd's sockets start. */
describeHomelab("a reverse proxy with sockets", { files: traefik(PORTS) }, (home) => {
  beforeAll(async () => {
    await home().sh("mkdir -p ~/containers/config/traefik/dynamic");
  });

  test("answers on the sockets that systemd listens on", async () => {
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
    expect(await home().systemctl("is-active", "traefik-http.socket", "traefik-https.socket")).toBe(
      "active\nactive",
    );
    expect(await home().podman("port", "traefik")).toBe("");
    expect([await ask(home(), 8000), await ask(home(), 8443)]).toEqual(["200", "200"]);
  });

  test("has its sockets again after a restart", async () => {
    await home().systemctl("restart", "traefik.service");
    expect(await ask(home(), 8000)).toBe("200");
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("gets its ports back after it was stopped, while others stay on its network", async () => {
    await home().sh(`podman run -d --name other --network systemd-reverse_proxy docker.io/library/busybox:1.37 sleep infinity
      systemctl --user stop traefik.service`);
    await home().systemctl("start", "traefik.service");
    expect([await ask(home(), 8000), await ask(home(), 8443)]).toEqual(["200", "200"]);
    expect(await home().sh("podman exec other nslookup traefik.dns.podman")).toMatch(
      /Name:\s+traefik\.dns\.podman/,
    );
  });

  test("gets its ports back when its network is replaced", async () => {
    await home().sh("podman rm -f -t 0 other; systemctl --user restart traefik.service");
    const network = { "desired-state/networks.yaml": "reverse_proxy: { subnet: 10.89.77.0/24 }\n" };
    const { exitCode, document } = await home().deploy(network, "Choose addresses");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect([await ask(home(), 8000), await ask(home(), 8443)]).toEqual(["200", "200"]);
  });

  test("listens on another port once git says so, and no longer on the old one", async () => {
    const { exitCode, document } = await home().deploy(
      traefik(PORTS.replace("8000", "8001")),
      "Move to another port",
    );
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect([await ask(home(), 8000), await ask(home(), 8001)]).toEqual(["000", "200"]);
  });

  test("gives its ports to podman and takes them back as git asks", async () => {
    for (const [socketActivation, published] of [
      ["false", "443/tcp -> 0.0.0.0:8443\n80/tcp -> 0.0.0.0:8001"],
      ["true", ""],
    ]) {
      const values = `values: { httpPort: 8001, httpsPort: 8443, socketActivation: ${socketActivation} }\n`;
      const { exitCode, document } = await home().deploy(traefik(values), "Listen in another way");
      expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
      expect((await home().podman("port", "traefik")).split("\n").sort().join("\n")).toBe(published);
      expect(await home().sh(`ls ${FOLDER} | grep -c socket || true`)).toBe(published === "" ? "2" : "0");
    }
    expect([await ask(home(), 8001), await ask(home(), 8443)]).toEqual(["200", "200"]);
  });

  test("comes back with its sockets after a power cut", async () => {
    await home().lab.restart();
    await expect.poll(() => ask(home(), 8001), { timeout: 60_000 }).toBe("200");
  });

  test("leaves no socket behind", async () => {
    const { exitCode } = await home().deploy(
      { "desired-state/traefik.yaml": null, "desired-state/networks.yaml": null },
      "Remove it",
      "--allow-empty",
    );
    expect(exitCode).toBe(0);
    expect([await ask(home(), 8001), await ask(home(), 8443)]).toEqual(["000", "000"]);
    expect(await home().sh(`ls ${FOLDER}`)).not.toContain("socket");
    expect(await home().sh("systemctl --user list-units --all --no-legend 'traefik*'")).toBe("");
  });
});
