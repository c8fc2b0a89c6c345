import { describe, expect, it } from "vitest";
import { parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { runContainer } from "../../support/fake-host/run-container.ts";

const web = (image: string, more = "") => ({
  "desired-state/web.yaml": `pattern: reverse-proxy-backend
image: docker.io/library/${image}
hostname: web.example.org
port: 80
health: { cmd: "check", interval: 1h }
hooks: { beforeUpdate: ["backup"] }
${more}`,
});
const NAMED_LAN = { "desired-state/lan.network.d/10-name.conf": "[Network]\nNetworkName=lan\n" };
const lan = (subnet: string) => ({
  ...NAMED_LAN,
  "desired-state/lan.network": `[Network]\nSubnet=${subnet}\n`,
});

describeFakeHost("a name given to podman", () => {
  const homelab = fakeHomelab();

  async function applied(files: Readonly<Record<string, string>>): Promise<void> {
    homelab.commit(files);
    expect((await homelab.sync({ allowPrune: true })).result).toBe("applied");
  }

  describe("a hook runs in the running container", () => {
    it.each([
      ["its name", "ContainerName"],
      ["the name of its service", "ServiceName"],
    ])("even if the update changes %s", async (_, key) => {
      await applied(web("web:1"));
      homelab.commit(web("web:2", `quadlet: { Container: { ${key}: other } }\n`));
      await homelab.sync();
      expect(homelab.world.executed).toEqual(["web: sh -c backup"]);
    });
  });

  it("in a drop-in makes the container's health check run early", async () => {
    homelab.commit({
      "desired-state/web.container":
        "[Container]\nImage=docker.io/library/web:1\nNotify=healthy\nHealthInterval=1h\n",
      "desired-state/web.container.d/10-more.conf": "[Container]\nContainerName=shop\nHealthCmd=check\n",
    });
    const { connection, sync: run } = homelab.quadgate();
    expect((await run()).result).toBe("applied");
    expect(connection.effects.filter((one) => one.includes("healthcheck"))).not.toEqual([]);
  });

  describe("of a network in a drop-in", () => {
    it("lets the network be replaced when its definition changes", async () => {
      await applied(lan("10.3.1.0/24"));
      await applied(lan("10.3.2.0/24"));
      expect(homelab.world.contents.networks.get("lan")).toMatchObject({
        subnets: [{ subnet: "10.3.2.0/24" }],
      });
      expect((await homelab.sync()).result).toBe("in-sync");
    });

    it("lets the network be removed with its unit", async () => {
      await applied({ ...lan("10.3.1.0/24"), ...web("web:1") });
      expect([...homelab.world.contents.networks.keys()]).toContain("lan");
      await applied(web("web:1"));
      expect([...homelab.world.contents.networks.keys()]).not.toContain("lan");
    });

    it("lets the old network be removed when the name changes", async () => {
      await applied(lan("10.3.1.0/24"));
      await applied({
        ...lan("10.3.1.0/24"),
        "desired-state/lan.network.d/10-name.conf": "[Network]\nNetworkName=wan\n",
      });
      expect([...homelab.world.contents.networks.keys()]).toEqual(["podman", "wan"]);
    });

    it("leaves the network as it is while somebody else is on it", async () => {
      await applied(lan("10.3.1.0/24"));
      const before = homelab.world.contents.networks.get("lan");
      const words = "podman run --name stranger --network lan image".split(" ");
      const call = parsePodman(words);
      if (call) runContainer(homelab.world, { service: "", words, text: "" }, call);
      homelab.commit(lan("10.3.2.0/24"));
      const { plan } = await homelab.sync();
      expect(plan.changes.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toContain(
        "network-in-use",
      );
      expect(homelab.world.contents.networks.get("lan")).toBe(before);
    });
  });
});
