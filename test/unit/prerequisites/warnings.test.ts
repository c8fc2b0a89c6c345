import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { provingOf } from "../../../src/model/proving.ts";
import { shorterProbations, WARNINGS } from "../../../src/prerequisites/warnings.ts";
import { run } from "../../support/cli.ts";
import { describeFakeHost } from "../../support/fake-host/describe.ts";
import { fakeHomelab } from "../../support/fake-host/fixture.ts";
import { backend, raw } from "../render/builder.ts";

const container = (more = "") => `[Container]\nImage=docker.io/library/web:1\n${more}`;
const CACHE = "pattern: cache-service\n";

describe("a manifest's probation", () => {
  const own = (probation?: number) => backend("web", { probation }, ["probation"]);
  const least = { timeout: 1, stable: 2_000, probation: 600_000 };

  it("counts if it is longer than the settings', and causes a warning with its place if it is shorter", () => {
    const longest = [undefined, 599_999, 600_000, 600_001].map(
      (one) => provingOf(own(one).spec, least).probationMs,
    );
    expect(longest).toEqual([600_000, 600_000, 600_000, 600_001]);
    const warned = shorterProbations([own(), own(600_000), own(599_999), raw("x", {})], { verify: least });
    expect(warned.map(({ instance, place }) => [instance, place])).toEqual([
      ["web", { file: "desired-state/web.yaml", line: 2, column: 1 }],
    ]);
    expect(warned[0]?.message).toContain("shorter than 600 s");
  });

  it("does not matter for a raw Quadlet, which has the settings'", () => {
    expect(provingOf(raw("x", {}).spec, least)).toEqual({
      stableMs: 2_000,
      probationMs: 600_000,
      ends: false,
    });
    expect(provingOf(backend("web", { ends: true }).spec, least).ends).toBe(true);
  });
});

describeFakeHost("a container name that podman may also take for an id", () => {
  const homelab = fakeHomelab();

  const ask = async (command: string, files: Readonly<Record<string, string>>) => {
    homelab.commit(files);
    const said = await run(homelab.world, homelab, command, "--output", "json");
    return { ...said, document: JSON.parse(said.stdout) };
  };
  const warned = ({ document }: Awaited<ReturnType<typeof ask>>) =>
    document.warnings.map((warning: { instance: string }) => warning.instance).sort();

  it("causes a warning in patterns, raw Quadlets, drop-ins and pods", async () => {
    const answer = await ask("validate", {
      "desired-state/db.yaml": CACHE,
      "desired-state/sessions.yaml": CACHE,
      "desired-state/one.container": container("ContainerName=0fee\n"),
      "desired-state/two.container": container(),
      "desired-state/two.container.d/name.conf": `[Container]\nContainerName=${"a".repeat(64)}\n`,
      "desired-state/three.pod": "[Pod]\nPodName=babe\n",
      // Podman's own name for it begins with systemd-.
      "desired-state/beef.container": container(),
      "desired-state/four.container": container("ContainerName=cafe-1\n"),
      "desired-state/five.container": container(`ContainerName=${"a".repeat(65)}\n`),
      "desired-state/six.container": container("ContainerName=CAFE\n"),
    });
    expect(warned(answer)).toEqual(["db", "one", "three", "two"]);
    expect(answer.exitCode).toBe(0);
    expect(answer.document).toMatchObject({ valid: true, issues: [] });
  });

  it("is reported on stderr with its place and a remedy, and is deployed all the same", async () => {
    const files = { "desired-state/one.container": container("ContainerName=cafe\n") };
    expect(warned(await ask("plan", files))).toEqual(["one"]);
    const answer = await run(homelab.world, homelab, "reconcile");
    expect(answer.stderr).toContain(
      "warning: desired-state/one.container:3: one.container creates a container named cafe; if no container has that name, " +
        "podman takes it for the beginning of an id, so starting it can remove another container whose id begins that way " +
        "(choose a name with another character, such as cafe-1)",
    );
    expect(answer.exitCode).toBe(0);
    expect(homelab.world.containerNamed("cafe")?.status).toBe("running");
    expect(warned(await ask("reconcile", files))).toEqual(["one"]);
  });

  it("is in docs/manifests.md, like every other warning", () => {
    const page = readFileSync(new URL("../../../docs/manifests.md", import.meta.url), "utf8");
    const rows = Object.entries(WARNINGS).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    expect(page.split("## Warnings")[1]).toContain(`|---|---|\n${rows.join("\n")}\n\n`);
  });
});

describeFakeHost("a container whose image podman looks for at each start", () => {
  const homelab = fakeHomelab();

  it("causes a warning that names the line", async () => {
    homelab.commit({
      "desired-state/one.container": container("Pull=newer\n"),
      "desired-state/two.container": container("PodmanArgs=--pull=always\n"),
      "desired-state/three.container": container("Pull=missing\n"),
      "desired-state/four.container": container("Pull=never\n"),
      "desired-state/five.container": container(),
    });
    const { exitCode, stdout } = await run(homelab.world, homelab, "validate", "--output", "json");
    const { warnings } = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(warnings).toMatchObject([
      { code: "pull-after-stop", instance: "one", place: { file: "desired-state/one.container", line: 3 } },
      { code: "pull-after-stop", instance: "two", place: { file: "desired-state/two.container", line: 3 } },
    ]);
  });
});
