import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { checkout } from "../lab/harness/paths.ts";
import { checksOf, describeHomelab, fieldsWith, type Homelab } from "../support/flow-homelab.ts";

/** The files that the page shows, each an indented block whose first line is a comment with its path. */
function shownFiles(page: string): Record<string, string> {
  const text = readFileSync(join(checkout, page), "utf8");
  const blocks = [...text.matchAll(/^ {4}# (\S+\/\S+)\n((?: {4}.*\n)+)/gm)];
  return Object.fromEntries(blocks.map(([, path = "", body = ""]) => [path, body.replaceAll(/^ {4}/gm, "")]));
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  readonly scrapeUrl: string;
  readonly scrapeInterval: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** What Prometheus' own interface answers, asked in its container. */
async function api<T>(home: Homelab, path: string): Promise<T> {
  const url = `http://127.0.0.1:9090/api/v1/${path}`;
  return JSON.parse(await home.podman("exec", "prometheus", "wget", "-qO-", url)).data;
}

async function targets(home: Homelab): Promise<readonly string[]> {
  const { activeTargets } = await api<{ activeTargets: readonly Target[] }>(home, "targets?state=active");
  const lines = activeTargets.map(({ labels, health, scrapeUrl, scrapeInterval, lastError }) =>
    [labels.job, health, scrapeUrl, scrapeInterval, lastError].join(" ").trim(),
  );
  return lines.toSorted();
}

async function query(home: Homelab, text: string): Promise<Sample | undefined> {
  const { result } = await api<{ result: readonly Sample[] }>(
    home,
    `query?query=${encodeURIComponent(text)}`,
  );
  return result[0];
}

const patience = { timeout: 60_000, interval: 1000 };

describeHomelab(
  "a Prometheus deployed as documented",
  { files: shownFiles("docs/prometheus.md") },
  (home) => {
    const itself = "prometheus up http://prometheus:9090/metrics 15s";

    test("sees itself and an exporter deployed beside it as up", async () => {
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, result: document.result }, stderr).toEqual({ exitCode: 0, result: "applied" });
      await expect
        .poll(() => targets(home()), patience)
        .toEqual(["node-exporter up http://node-exporter:9100/metrics 15s", itself]);
      expect(await checksOf(home(), "node-exporter")).toEqual(["http"]);
      const drift = await home().ask<DriftReport>("drift");
      expect(fieldsWith(drift.document)).toEqual([]);
      expect(drift.exitCode).toBe(0);
    });

    test("receives the host's figures, not those of the exporter's container", async () => {
      const uname = await query(home(), "node_uname_info");
      expect(uname?.metric).toMatchObject({ job: "node-exporter", nodename: "htpc" });
      const size = await query(home(), 'node_filesystem_size_bytes{mountpoint="/var/lib/containers"}');
      const [blocks, each] = (await home().sh("stat -f -c '%b %S' /var/lib/containers")).split(" ");
      expect(Number(size?.value[1])).toBe(Number(blocks) * Number(each));
    });

    test("drops the target of an instance that git no longer has, without a restart", async () => {
      const before = await home().identity("prometheus");
      const answer = await home().deploy({ "desired-state/node-exporter.yaml": null }, "Remove the exporter");
      expect(answer).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await home().sh("ls ~/containers/config/prometheus/targets")).toBe("prometheus.yml");
      await expect.poll(() => targets(home()), patience).toEqual([itself]);
      expect(await home().identity("prometheus")).toBe(before);
    });

    test("is restarted with a configuration that changed in git", async () => {
      const old = shownFiles("docs/prometheus.md")["files/prometheus.yml"];
      const changed = `global: { external_labels: { site: attic } }\n${old}`;
      const answer = await home().deploy({ "files/prometheus.yml": changed }, "Name the site");
      expect(answer).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      const { yaml } = await api<{ yaml: string }>(home(), "status/config");
      expect(yaml).toContain("site: attic");
    });
  },
);
