import { expect, test } from "vitest";
import { codesOf, describeHomelab, workOf } from "../support/flow-homelab.ts";
import { container } from "../support/flow-left-alone.ts";
import { cache, HOMELAB, web } from "../support/flow-manifests.ts";

describeHomelab("a manifest that is deleted", { files: HOMELAB }, (home) => {
  test("takes container, units, networks and route with it, and leaves the data of its volumes", async () => {
    const files = {
      "desired-state/second.yaml": web(
        "volumes: [data:/data]\nnetworks: [reverse_proxy, second_net]\n",
        "second",
      ),
      "desired-state/keeper.network": "[Network]\n",
      ...HOMELAB,
    };
    expect(await home().deploy(files, "Add second")).toMatchObject({ exitCode: 0 });
    const untouched = [await home().identity("web"), await home().identity("cache")];
    await home().podman("exec", "second", "sh", "-c", "echo precious >/data/file");
    const [volume = ""] = (await home().podman("volume", "ls", "-q")).split("\n");

    const { exitCode, document } = await home().deploy(
      { "desired-state/second.yaml": null },
      "Remove second",
    );
    expect(exitCode).toBe(0);
    expect([...workOf(document)].sort()).toEqual(
      [
        `delete ${home().routeDir}/second.yml`,
        "delete second-data.volume",
        "delete second.container",
        "delete second_net.network",
      ].sort(),
    );
    expect(document.outcomes.map(({ outcome }) => outcome)).toEqual([
      "deleted",
      "deleted",
      "deleted",
      "deleted",
    ]);
    expect(await home().sh(`ls ${home().unitDir} ${home().routeDir}`)).not.toContain("second");
    expect(await home().podman("ps", "-a", "--format", "{{.Names}}")).not.toContain("second");
    expect(await home().podman("network", "ls", "--format", "{{.Name}}")).not.toContain("second_net");
    expect(await home().systemctl("list-units", "--all", "--no-legend", "second*")).toBe("");
    const read = [
      "run",
      "--rm",
      "-v",
      `${volume}:/data`,
      "docker.io/library/busybox:1.37",
      "cat",
      "/data/file",
    ];
    expect(await home().podman(...read)).toBe("precious");
    expect([await home().identity("web"), await home().identity("cache")]).toEqual(untouched);
    expect(await home().ask("drift")).toMatchObject({ exitCode: 0 });
  });

  test("runs on if it said so, until a person allows its deletion", async () => {
    const file = "desired-state/stays.container";
    const text = `${container("stays", "Network=stays.network\n")}[X-Quadgate]\nPrune=no\n`;
    const network = { "desired-state/stays.network": "[Network]\n" };
    expect(await home().deploy({ [file]: text, ...network }, "Add")).toMatchObject({ exitCode: 0 });
    const identity = await home().identity("stays");
    const gone = { [file]: null, "desired-state/stays.network": null };
    const { exitCode, document } = await home().deploy(gone, "Remove");
    expect({ exitCode, result: document.result, work: workOf(document) }).toEqual({
      exitCode: 0,
      result: "in-sync",
      work: [],
    });
    expect(await home().identity("stays")).toBe(identity);
    expect(await home().ask("reconcile", "--allow-prune")).toMatchObject({ exitCode: 0 });
    expect(await home().identity("stays")).toBe(identity);
    expect((await home().lab.quadgate(["status"])).stdout).toContain(
      "Orphaned: stays: git no longer has it; delete it with: quadgate reconcile stays --allow-prune",
    );
    expect(await home().ask("reconcile", "stays", "--allow-prune")).toMatchObject({ exitCode: 0 });
    expect(await home().podman("ps", "-a", "--format", "{{.Names}}")).not.toContain("stays");
    expect((await home().lab.quadgate(["status"])).stdout).not.toContain("Orphaned");
  });

  test("is refused if it takes more than prune.maxFraction, until a person allows it", async () => {
    const more = {
      "desired-state/red.yaml": cache(),
      "desired-state/green.yaml": cache(),
      "desired-state/blue.yaml": cache(),
    };
    expect(await home().deploy(more, "Add three caches")).toMatchObject({ exitCode: 0 });
    const files = {
      "desired-state/red.yaml": null,
      "desired-state/green.yaml": null,
      "desired-state/blue.yaml": null,
      "desired-state/cache.yaml": null,
    };
    const before = await home().lab.snapshot({ ignore: /state\/quadgate/ });
    const refused = await home().deploy(files, "Remove nearly everything");
    expect(refused).toMatchObject({ exitCode: 3, document: { result: "blocked" } });
    expect(codesOf(refused.document.gate.reasons)).toContain("prune-limit");
    expect(await home().ask("reconcile", "--force", "--reason", "because")).toMatchObject({ exitCode: 3 });
    expect(await home().lab.snapshot({ ignore: /state\/quadgate/ })).toBe(before);
    expect(await home().ask("reconcile", "--allow-prune")).toMatchObject({ exitCode: 0 });
    expect(await home().podman("ps", "--format", "{{.Names}}")).toBe("web");
  });

  test("is refused if nothing would be left, until a person confirms this", async () => {
    const before = await home().lab.snapshot({ ignore: /state\/quadgate/ });
    const refused = await home().deploy({ "desired-state": null, README: "" }, "Remove everything");
    expect(refused).toMatchObject({ exitCode: 3, document: { result: "blocked" } });
    expect(codesOf(refused.document.gate.reasons)).toContain("empty-desired-state");
    expect(await home().ask("reconcile", "--allow-prune")).toMatchObject({ exitCode: 3 });
    expect(await home().ask("reconcile", "--force", "--reason", "because")).toMatchObject({ exitCode: 3 });
    expect(await home().lab.snapshot({ ignore: /state\/quadgate/ })).toBe(before);

    const { exitCode, document } = await home().ask("reconcile", "--allow-empty");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 0, result: "applied" });
    expect(await home().podman("ps", "-aq")).toBe("");
    expect(await home().sh(`find ${home().unitDir} ${home().routeDir} -type f`)).toBe("");
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
  });
});

describeHomelab("a host that had Quadlets before", { files: HOMELAB }, (home) => {
  const raw = `# Written by hand
[Container]
ContainerName=legacy
Image=docker.io/traefik/whoami:v1.10
Environment=GREETING="hello world"

[Install]
WantedBy=default.target
`;

  test("keeps a file with other content that quadgate did not create, whatever is asked for", async () => {
    await home().lab.write(`${home().unitDir}/web.container`, raw);
    const { exitCode, document } = await home().ask("reconcile");
    expect({ exitCode, result: document.result }).toEqual({ exitCode: 3, result: "blocked" });
    expect(codesOf(document.gate.reasons)).toContain("foreign-unit");
    expect(await home().ask("reconcile", "--force", "--reason", "because")).toMatchObject({ exitCode: 3 });
    expect(await home().unit("web.container")).toBe(raw);
    expect(await home().podman("ps", "-aq")).toBe("");
    await home().sh(`rm ${home().unitDir}/web.container`);
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0 });
  });

  test("hands over a Quadlet whose text git has unchanged, without a restart", async () => {
    await home().lab.write(`${home().unitDir}/legacy.container`, raw);
    await home().lab.write(`${home().unitDir}/stranger.container`, raw.replace("legacy", "stranger"));
    await home().systemctl("daemon-reload");
    await home().systemctl("start", "legacy.service", "stranger.service");
    const running = [await home().identity("legacy"), await home().identity("stranger")];

    const { exitCode, document } = await home().deploy(
      { "desired-state/legacy.container": raw },
      "Adopt legacy",
    );
    expect(exitCode).toBe(0);
    expect(workOf(document)).toEqual([]);
    const change = document.changes.find(({ unit }) => unit === "legacy.container");
    expect(codesOf(change?.reasons ?? [])).toEqual(["adopted"]);
    expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "in-sync" } });
    expect(await home().unit("legacy.container")).toBe(raw);
    expect([await home().identity("legacy"), await home().identity("stranger")]).toEqual(running);
    expect(await home().ask("drift", "legacy")).toMatchObject({ exitCode: 0 });
  });

  test("has that Quadlet managed afterwards, while its others stay its own", async () => {
    const updated = raw.replace("v1.10", "v1.11");
    expect(await home().deploy({ "desired-state/legacy.container": updated }, "Update legacy")).toMatchObject(
      {
        exitCode: 0,
      },
    );
    expect(await home().podman("inspect", "--format", "{{.ImageName}}", "legacy")).toContain("v1.11");
    expect(await home().deploy({ "desired-state/legacy.container": null }, "Remove legacy")).toMatchObject({
      exitCode: 0,
    });
    const names = (await home().podman("ps", "-a", "--format", "{{.Names}}")).split("\n").sort();
    expect(names).toEqual(["cache", "stranger", "web"]);
    expect(await home().lab.exists(`${home().unitDir}/stranger.container`)).toBe(true);
  });
});
