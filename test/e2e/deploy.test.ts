import { expect, test } from "vitest";
import type { DriftReport } from "../../src/model/drift.ts";
import { describeHomelab, HEALTHY, type SyncDocument } from "../support/flow-homelab.ts";
import { web } from "../support/flow-manifests.ts";

const CHECKOUT = "/home/homelab/src/homelab";
const DOCS = "/home/homelab/docs";
const SETTINGS = `${HEALTHY}docsDir: ${DOCS}\nverify: { timeout: 20s }\n`;
const IMAGE = "docker.io/jellyfin/jellyfin:10.10.7";
const WEB = ["--pattern", "reverse-proxy-backend", "--image", IMAGE, "--port", "8096"];
const CHECK = "curl -f http://localhost:8096/health || exit 1";

interface DeployReport extends SyncDocument {
  readonly deployment: {
    readonly manifest: string;
    readonly commit: string;
    readonly steps: readonly {
      readonly number: number;
      readonly status: string;
      readonly durationMs: number;
    }[];
    readonly checklist: readonly string[];
    readonly documents: readonly string[];
  };
}

describeHomelab(
  "a service from one command, in a checkout",
  { files: { "notes.md": "mine\n" }, settings: SETTINGS, repository: () => CHECKOUT },
  (home) => {
    const run = (...args: string[]) => home().lab.quadgate(args);
    const git = (...args: string[]) => home().repo.git(...args);

    test("begins with a manifest that is checked before it is written", async () => {
      const unknown = await run("new", "web", ...WEB, "--hostname", "web.example.org", "--set", "valeus.a=b");
      expect(unknown.exitCode).toBe(1);
      expect(unknown.stderr).toMatch(/unknown key "valeus" .*did you mean "values"/);
      const lacking = await run("new", "web", "--pattern", "reverse-proxy-backend", "--image", IMAGE);
      expect(lacking.exitCode).toBe(1);
      expect(lacking.stderr).toMatch(/requires: hostname, port\n {2}add --hostname \.\.\. --port \.\.\./);
      expect(await git("status", "--porcelain")).toBe("");
      const nameless = await run("deploy", "web", "--image", IMAGE);
      expect(nameless.exitCode).toBe(1);
      expect(nameless.stderr).toMatch(
        /^error: there is no manifest of web yet, and no pattern is named\n {2}add --pattern/,
      );
      const mistyped = await run("deploy", "web", "--pattern", "reverse-proxy-backned", "--image", IMAGE);
      expect(mistyped.stderr).toContain("Step 2 of 11 failed: validate it and its parameters.");
      expect(mistyped.stderr).toMatch(
        /there is no pattern "reverse-proxy-backned" \(did you mean "reverse-proxy-backend"/,
      );

      const written = await run("new", "web", ...WEB, "--hostname", "web.example.org", "--health-cmd", CHECK);
      expect(written).toMatchObject({ exitCode: 0 });
      expect(written.stdout).toContain(`Wrote ${CHECKOUT}/desired-state/web.yaml`);
      expect(written.stderr).toContain("Next: look at it, then run: quadgate deploy web");
      // From a folder that is no checkout: the one of the settings is meant.
      const validated = await run("validate", "--working-tree");
      expect(validated).toMatchObject({ exitCode: 0 });
      const again = await run("new", "web", ...WEB, "--hostname", "other.example.org");
      expect(again).toMatchObject({ exitCode: 1 });
      expect(await home().lab.read(`${CHECKOUT}/desired-state/web.yaml`)).toContain("web.example.org");
    });

    test("can be previewed: --dry-run commits nothing and changes nothing", async () => {
      const head = await git("rev-parse", "HEAD");
      const dry = await run("deploy", "web", "--dry-run");
      expect(dry.exitCode).toBe(2);
      expect(dry.stdout).toMatch(/^--- desired-state\/web\.yaml \(new, not committed\)$/m);
      expect(dry.stdout).toContain("create  web.container");
      expect(await git("rev-parse", "HEAD")).toBe(head);
      expect(await git("status", "--porcelain")).toBe("?? desired-state/");
      expect(await home().lab.exists(home().unitDir)).toBe(false);
    });

    test("is committed alone, synced, verified, documented, and reports what is left for a person", async () => {
      await home().lab.write(`${CHECKOUT}/notes.md`, "changed\n");
      await home().lab.write(`${CHECKOUT}/staged.md`, "staged\n");
      await git("add", "staged.md");
      const result = await run("deploy", "web", "--env", "PASSWORD=hunter2");
      expect(result.exitCode, result.all).toBe(0);
      const numbers = [...result.stderr.matchAll(/^✓ +(\d+) .*\d+(?:\.\d)? m?s/gm)].map(([, number]) =>
        Number(number),
      );
      expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(result.stderr).toMatch(/^✓ {2}3 ask for the host's health .* score 100$/m);
      expect(result.stdout).toMatch(/^Applied and verified [0-9a-f]{12}/);
      expect(result.stdout).toContain("web is at https://web.example.org");
      expect(result.stdout).toMatch(/^ {2}\[ \] .*web\.example\.org/m);

      expect(await git("show", "--format=%s", "--name-status", "HEAD")).toBe(
        "Deploy web\n\nA\tdesired-state/web.yaml",
      );
      expect(await git("status", "--porcelain")).toBe(" M notes.md\nA  staged.md");
      const [container] = JSON.parse(await home().podman("container", "inspect", "web"));
      expect(container.State.Health.Status).toBe("healthy");
      const drift = await home().ask<DriftReport>("drift", "web");
      expect(drift).toMatchObject({ exitCode: 0, document: { summary: { drift: 0 } } });
    });

    test("has a guide and a journal entry afterwards, with real values and no secrets", async () => {
      const guide = await home().lab.read(`${DOCS}/services/web.md`);
      const digest = await home().podman("container", "inspect", "--format", "{{.ImageDigest}}", "web");
      for (const part of [
        IMAGE,
        digest,
        "https://web.example.org",
        "authelia@file",
        "web.service",
        "MemoryMax=512M",
      ]) {
        expect(guide).toContain(part);
      }
      const [entry = ""] = (await home().sh(`ls ${DOCS}/journal`)).split("\n");
      const head = await git("rev-parse", "HEAD");
      expect(entry).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d-web-${head.slice(0, 12)}\\.md$`));
      const journal = await home().lab.read(`${DOCS}/journal/${entry}`);
      for (const part of [
        head,
        digest,
        "| health score | 100 (proceed) |",
        "| `web.container` | created |",
        "- [ ] ",
      ]) {
        expect(journal).toContain(part);
      }
      expect(guide + journal).not.toContain("hunter2");
    });

    test("is changed in the named places and nowhere else", async () => {
      const before = (await home().lab.read(`${CHECKOUT}/desired-state/web.yaml`)).split("\n");
      const { exitCode, document } = await home().ask<DeployReport>("deploy", "web", "--memory", "256M");
      expect(exitCode).toBe(0);
      expect(document.result).toBe("applied");
      expect(document.deployment.steps.map(({ status }) => status)).toEqual(Array(11).fill("done"));
      expect(document.deployment.commit).toBe(await git("rev-parse", "HEAD"));
      expect(document.deployment.checklist.length).toBeGreaterThan(0);
      const after = (await home().lab.read(`${CHECKOUT}/desired-state/web.yaml`)).split("\n");
      expect(after.filter((line) => !before.includes(line))).toEqual(["memory: 256M"]);
      expect(before.filter((line) => !after.includes(line))).toEqual([]);
      expect(await home().unit("web.container")).toContain("MemoryMax=256M");
      expect(await home().lab.read(`${DOCS}/services/web.md`)).toContain("MemoryMax=256M");
      expect((await home().sh(`ls ${DOCS}/journal`)).split("\n")).toHaveLength(2);
    });

    test("that is up to date changes nothing, not even its documents", async () => {
      const seen = () => home().lab.snapshot({ ignore: /history\.jsonl/ });
      const before = await seen();
      const { exitCode, document } = await home().ask<DeployReport>("deploy", "web");
      expect({ exitCode, result: document.result, documents: document.deployment.documents }).toEqual({
        exitCode: 0,
        result: "in-sync",
        documents: [],
      });
      expect(await seen()).toBe(before);
    });

    test("that does not become healthy says which step failed, what was put back, and how to go on or back", async () => {
      const good = await git("rev-parse", "--short=12", "HEAD");
      const result = await run("deploy", "web", "--health-cmd", "exit 1");
      expect(result.exitCode, result.all).toBe(4);
      expect(result.stderr).toMatch(/^Step [89] of 11 failed: (deploy|verify)\.$/m);
      expect(result.stderr).toMatch(/^ {2}why: +web\.container: /m);
      const head = await git("rev-parse", "--short=12", "HEAD");
      expect(result.stderr).toContain(`left:    the manifest is committed as ${head}`);
      expect(result.stderr).toContain("left:    the host has its previous units back");
      expect(result.stderr).toContain("go on:   ");
      expect(result.stderr).toContain(`go back: quadgate rollback ${good}`);
      expect(await home().unit("web.container")).toContain(CHECK);

      const back = await run("rollback", good);
      expect(back.exitCode, back.all).toBe(0);
      expect(await home().lab.read(`${CHECKOUT}/desired-state/web.yaml`)).toContain(CHECK);
    });

    test("that the gate holds is committed, and approved later", async () => {
      await home().configure(SETTINGS.replace("100", "80"));
      const held = await run("deploy", "web", "--memory", "300M");
      expect(held.exitCode, held.all).toBe(3);
      expect(held.stderr).toMatch(/^✗ {2}3 ask for the host's health .* score 80$/m);
      expect(held.stderr).toContain("Step 3 of 11 failed: ask for the host's health.");
      expect(held.stderr).toContain("left:    nothing was changed on the host");
      expect(held.stderr).toMatch(/go on: {3}quadgate approve [0-9a-f]{12}/);
      expect(await home().unit("web.container")).toContain("MemoryMax=256M");
      const approved = await run("deploy", "web", "--yes");
      expect(approved.exitCode, approved.all).toBe(0);
      expect(await home().unit("web.container")).toContain("MemoryMax=300M");
      await home().configure(SETTINGS);
    });

    test("syncs what it needs, and nothing else", async () => {
      await home().repo.commit(
        { "desired-state/other.yaml": web("", "other"), "notes.md": "done\n" },
        "Add another",
      );
      await home().lab.write(`${CHECKOUT}/desired-state/base.yaml`, web("", "base"));
      await git("add", "desired-state/base.yaml");
      await git("commit", "-qm", "Add a base");
      const args = [...WEB, "--hostname", "app.example.org", "--health-cmd", CHECK, "--depends-on", "base"];
      const { exitCode, document, stderr } = await home().ask<DeployReport>("deploy", "app", ...args);
      expect(exitCode, stderr).toBe(0);
      const changed = new Set(document.outcomes.map(({ instance }) => instance));
      expect([...changed].sort()).toEqual(["app", "base"]);
      expect(await home().lab.exists(`${home().unitDir}/other.container`)).toBe(false);
    });

    test("that is removed loses its guide and keeps its journal", async () => {
      await git("rm", "-q", "desired-state/app.yaml", "desired-state/other.yaml");
      await git("commit", "-qm", "Remove two");
      expect(await home().ask("reconcile")).toMatchObject({ exitCode: 0, document: { result: "applied" } });
      expect(await home().sh(`ls ${DOCS}/services`)).toBe("base.md\nweb.md");
      const entries = (await home().sh(`ls ${DOCS}/journal`))
        .split("\n")
        .filter((name) => name.includes("-app-"));
      expect(entries).toHaveLength(2);
      const texts = await Promise.all(entries.map((name) => home().lab.read(`${DOCS}/journal/${name}`)));
      expect(texts.map((text) => text.split("\n")[0]).sort()).toEqual([
        "# app deployed to htpc",
        "# app removed from htpc",
      ]);
    });

    test("is not blocked by documents that cannot be written, nor by an existing guide", async () => {
      await home().lab.write(`${DOCS}/services/web.md`, "# My own notes\n");
      const own = await run("reconcile");
      expect(own).toMatchObject({ exitCode: 0 });
      expect(own.stderr).toMatch(/quadgate did not write \S+, so it leaves the file as it is/);
      expect(await home().lab.read(`${DOCS}/services/web.md`)).toBe("# My own notes\n");

      await home().sh(`rm -r ${DOCS} && touch ${DOCS}`);
      const result = await run("deploy", "web", "--memory", "310M");
      expect(result.exitCode, result.all).toBe(0);
      expect(result.stderr).toContain("warning: the documentation could not be written");
    });
  },
);

describeHomelab(
  "a service from one command, with a bare repository",
  { files: { "notes.md": "" } },
  (home) => {
    test("is committed and pushed", async () => {
      const args = [...WEB, "--hostname", "web.example.org", "--health-cmd", CHECK];
      const result = await home().lab.quadgate(["deploy", "web", ...args]);
      expect(result.exitCode, result.all).toBe(0);
      await home().repo.git("pull", "-q", "origin", "main");
      expect(await home().repo.git("show", "--format=%s", "--name-status", "HEAD")).toBe(
        "Deploy web\n\nA\tdesired-state/web.yaml",
      );
      expect(await home().systemctl("is-active", "web.service")).toBe("active");
    });

    test("is committed for the checkout that its manifest was written in, too", async () => {
      const { workTree, git } = home().repo;
      await home().lab.write(`${workTree}/notes.md`, "mine\n");
      const args = ["--image", IMAGE, "--port", "8096", "--health-cmd", CHECK].map((word) => `'${word}'`);
      const command = `quadgate new two --pattern reverse-proxy-backend --hostname two.example.org ${args.join(" ")}`;
      await home().sh(`cd ${workTree} && ${command}`);
      const said = await home().sh(`cd ${workTree} && quadgate deploy two --memory 256M 2>&1`);
      expect(said).toMatch(/^committed: [0-9a-f]{12}, and pushed$/m);
      expect(await git("status", "--porcelain", "--branch")).toBe("## main\n M notes.md");
      expect(await git("show", "--format=%s", "--name-status", "HEAD")).toBe(
        "Deploy two\n\nA\tdesired-state/two.yaml",
      );
      await git("checkout", "-q", "notes.md");
      await git("pull", "-q", "--ff-only", "origin", "main");
    });

    test("is shown line by line on a terminal whose size is unknown", async () => {
      const command = "quadgate deploy two --memory 300M";
      const shown = await home().sh(`script -qec "${command}" /dev/null < /dev/null`);
      expect(shown).toContain("11 print the checklist");
      expect(shown).not.toContain("\u001b[1A");
    });

    test("asks on a terminal for what is missing", async () => {
      const { workTree } = home().repo;
      const answers = ["docker.io/library/nginx:1.27-alpine", "no host", "site.example.org", "80"];
      const type = answers.map((line) => `sleep 2; echo ${line};`).join(" ");
      const command = "quadgate new site --pattern reverse-proxy-backend";
      const shown = await home().sh(`cd ${workTree} && (${type}) | script -qec "${command}" /dev/null`);
      expect(shown).toContain('"hostname" is not a host name: "no host"');
      expect(shown).toContain("it is valid");
      const text = await home().lab.read(`${workTree}/desired-state/site.yaml`);
      expect(text).toContain("\nhostname: site.example.org\n");
      expect(text).toContain("\nport: 80\n");
    });
  },
);
