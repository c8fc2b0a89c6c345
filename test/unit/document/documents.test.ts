import { describe, expect, test } from "vitest";
import {
  type DocumentationInput,
  GUIDE_MARK,
  journalEntry,
  serviceGuide,
} from "../../../src/document/index.ts";
import { renderMarkdown } from "../../../src/document/render-text.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import type { InstanceDescription } from "../../../src/model/described.ts";
import type { SyncRecord } from "../../../src/model/record.ts";
import { type Unit, unitKindOf } from "../../../src/model/unit.ts";
import { SHIPPED } from "../render/builder.ts";

function unit(name: string, content: string): Unit {
  const kind = name.includes(".d/") ? "dropin" : (unitKindOf(name) ?? "file");
  return {
    name,
    kind,
    instance: "web",
    content,
    mode: "0644",
    digest: digestOf(content),
    origin: { file: "x" },
  };
}

const CONTAINER = `[Container]
ContainerName=web
Image=docker.io/library/nginx:1.27
Network=reverse_proxy.network
Network=monitoring.network:ip=10.0.0.2
Volume=%h/50%%:/data:Z
Secret=web-key,type=env,target=KEY
Environment=PASSWORD=hunter2
Exec=serve --password hunter2
Label=a=hunter2
HealthCmd=curl -u admin:hunter2 localhost

[Service]
MemoryMax=512M
`;

const DESCRIBED: InstanceDescription = {
  instance: "web",
  pattern: "reverse-proxy-backend",
  title: "Application",
  description: "It serves.",
  hostname: "web.example.org",
  port: "80",
  route: { url: "https://web.example.org", middlewares: ["authelia@file"] },
  metrics: ["http://web:9100/metrics every 15s"],
  before: [],
  after: ["Open https://web.example.org"],
  commonIssues: [{ symptom: "It | is slow.", cause: "Little memory.", fix: "Raise memory." }],
  checks: [],
};

function documented(overrides: Partial<DocumentationInput> = {}): DocumentationInput {
  return {
    instance: "web",
    file: "desired-state/web.yaml",
    rootless: true,
    described: DESCRIBED,
    units: [
      unit("web.container", CONTAINER),
      unit("web.container.d/10-more.conf", "[Service]\nMemoryHigh=400M\n"),
      unit("/srv/traefik/web.yml", "http: {}\n"),
    ],
    services: new Map([["web.container", "web.service"]]),
    containers: [{ Config: { Labels: { PODMAN_SYSTEMD_UNIT: "web.service" } }, ImageDigest: "sha256:abc" }],
    ...overrides,
  };
}

const guide = (overrides: Partial<DocumentationInput> = {}) =>
  serviceGuide(documented(overrides), SHIPPED.templates);

const RECORD: SyncRecord = {
  schemaVersion: 1,
  id: "1",
  startedAt: "2025-11-14T21:03:11.000Z",
  finishedAt: "2025-11-14T21:03:13.500Z",
  trigger: "cli",
  host: "htpc",
  revision: "0123456789abcdef",
  appliedRevision: null,
  planDigest: "d",
  result: "applied",
  score: 92,
  band: "proceed",
  reasons: [],
  summary: { create: 1, update: 0, restart: 0, delete: 0, none: 0 },
  outcomes: [],
  count: 1,
};

function entry(outcome: "created" | "deleted", overrides: Partial<DocumentationInput> = {}) {
  const outcomes = [{ instance: "web", unit: "web.container", outcome, durationMs: 1_200 }];
  const reasons = [{ code: "unit-new", message: "the unit is in git but not yet on the host" }];
  const change = { instance: "web", unit: "web.container", service: "web.service", diff: [], digest: null };
  const changes = [{ ...change, action: "create" as const, reasons }];
  return journalEntry(documented(overrides), { record: RECORD, changes, outcomes }, SHIPPED.templates);
}

describe("a service guide", () => {
  test("says what runs, where it is reached and how to look at it", () => {
    const { path, text } = guide();
    expect(path).toBe("services/web.md");
    expect(text.startsWith(`${GUIDE_MARK}\n\n# web\n\nApplication: It serves.\n`)).toBe(true);
    for (const part of [
      "| image | `docker.io/library/nginx:1.27` |",
      "| digest | `sha256:abc` |",
      "| networks | `reverse_proxy`, `monitoring:ip=10.0.0.2` |",
      "| storage | `%h/50%:/data:Z` |",
      "| secrets | `web-key` |",
      "| limits | `MemoryMax=512M`, `MemoryHigh=400M` |",
      "https://web.example.org, through Traefik and, in this order, `authelia@file`.",
      "Prometheus scrapes http://web:9100/metrics every 15s.",
      "| state | `systemctl --user status web.service` |",
      "| health check, now | `podman healthcheck run web` |",
      "- **It \\| is slow.**: Little memory. Raise memory.",
      "- Open https://web.example.org",
      "- `/srv/traefik/web.yml`",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("has tables without gaps, which would end them", () => {
    for (const { text } of [guide(), entry("created"), guide({ containers: [] })]) {
      expect(text).not.toMatch(/^\|[^\n]*\n\s*\n\|(?! ---|---)(?! unit \|)(?! \|)/m);
      expect(text).not.toMatch(/\n{3}/);
    }
  });

  test("contains no secret, wherever in the unit one stands", () => {
    expect(guide().text).not.toContain("hunter2");
    expect(entry("created").text).not.toContain("hunter2");
  });

  test("does not change for the same state, and names the manager of a rootful host", () => {
    expect(guide()).toEqual(guide());
    expect(guide({ rootless: false }).text).toContain("`systemctl status web.service`");
  });

  test("exists for hand-written Quadlets too", () => {
    const { text } = guide({
      described: undefined,
      units: [unit("web.container", "[Container]\nImage=x\n")],
    });
    expect(text).toContain("Hand-written Quadlets");
    expect(text).toContain("### `systemd-web`");
    expect(text).toContain("There is no route to it from outside.");
    expect(text).not.toContain("healthcheck");
  });
});

describe("a journal entry", () => {
  test("says what was deployed, how well the host was, and how long it took", () => {
    const { path, text } = entry("created");
    expect(path).toBe("journal/2025-11-14-web-0123456789ab.md");
    for (const part of [
      "# web deployed to htpc",
      "| revision | `0123456789abcdef` |",
      "| health score | 92 (proceed) |",
      "| took | 2.5 s |",
      "| image of `web` | `docker.io/library/nginx:1.27` `sha256:abc` |",
      "| networks | `reverse_proxy`, `monitoring:ip=10.0.0.2` |",
      "| route | https://web.example.org |",
      "| `web.container` | created | 1.2 s |",
      "- the unit is in git but not yet on the host",
      "- [ ] Open https://web.example.org",
    ]) {
      expect(text).toContain(part);
    }
  });

  test("says of a removed service that its data stays", () => {
    const { text } = entry("deleted", { described: undefined, units: [], file: "" });
    expect(text).toContain("# web removed from htpc");
    expect(text).toContain("Its data is where it was.");
    expect(text).not.toContain("route");
  });
});

describe("Markdown templates", () => {
  const render = (text: string, value: unknown) =>
    renderMarkdown(new Map([["docs/x.liquid", text]]), "docs/x", { value }).trimEnd();

  test.each([
    ["a|b\nc", "a\\|b c"],
    ["<script>", "&lt;script>"],
    ["run `podman logs <name>` <b>", "run `podman logs <name>` &lt;b>"],
    ["a` <img src=x>", "a\\` &lt;img src=x>"],
    ["a`` `<b>", "a\\`\\` \\`&lt;b>"],
    ["\\`<b>`", "\\\\`<b>`"],
    ["``a`<b>`` <i>", "`` a`<b> `` &lt;i>"],
    ["![](http://e/x) *b*", "!\\[\\](http://e/x) \\*b\\*"],
    ["a\\|b", "a\\\\\\|b"],
    ["`a\\|<b>`", "<code>a&#92;&#124;&#60;b&#62;</code>"],
    [null, ""],
  ])("put %j into a table's cell", (value, expected) => {
    expect(render("{{ value }}", value)).toBe(expected);
  });

  test.each([
    "{% for i in (1..300000) %}aaaaaaaaaa{% endfor %}",
    "{% assign a = (1..1000) %}{% for x in a %}{% for y in a %}{% for z in a %}{% endfor %}{% endfor %}{% endfor %}",
  ])("are stopped if they loop almost endlessly: %s", (text) => {
    expect(() => render(text, "")).toThrow("memory alloc limit exceeded, file:docs/x.liquid");
  });

  test.each([
    ["plain", "`plain`"],
    ["a`b", "`` a`b ``"],
    ["<x>", "`<x>`"],
    ["a|b", "`a\\|b`"],
    ["", ""],
    [null, ""],
  ])("make a code span of %j", (value, expected) => {
    expect(render("{{ value | code }}", value)).toBe(expected);
  });
});
