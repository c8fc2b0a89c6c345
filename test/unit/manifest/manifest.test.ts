import { describe, expect, it } from "vitest";
import { instanceOf, linesOf, namesOf, read } from "./support.ts";

const FULL = `# a comment
pattern: web
image: docker.io/jellyfin/jellyfin:10.10.7@sha256:${"0123456789abcdef".repeat(4)}
hostname: jellyfin.example.org
port: 8096
memory: 4GiB
memoryHigh: 3.5 gb
environment: { TZ: Europe/Oslo, discovery.type: single-node }
secrets: [{ name: jellyfin-api-key, type: env, target: API_KEY }, { name: jwt, mode: 0400 }]
volumes: ["/srv/media:/media:ro,z", "~/x:/x", "%h/y:/y:ro,Z", data:/data, "x.volume:/z:U,idmap=uids=0-1-2"]
requireMount: [/srv/media, ~/y]
networks: [reverse_proxy, "media:ip=10.89.2.81,mac=02:00:00:00:00:01,alias=jf", "v6:ip6=fd00::5", "pasta:-T,5432"]
devices: [/dev/dri/renderD128, "-/dev/dri:/dev/dri:rw", nvidia.com/gpu=all]
publish: [8096, "8080:80", "192.168.1.70:53:53/udp", "127.0.0.1::80", "[::1]:443:443", 8000-8002:9000-9002]
labels: { prometheus.scrape: true }
command: [--port, 8096, ""]
health:
  cmd: |
    curl -f http://localhost:8096/health ||
    exit 1
  interval: 1m30s
  timeout: 2s
  startPeriod: 0s
  retries: 3
route: { access: native, middlewares: [crowdsec-bouncer@file] }
values: { variant: 16, cache: 1gb, workers: 4, greeting: 007 }
dependsOn: []
hosts: [ht*]
files: [{ from: files/web.xml, to: ~/web.xml }]
hooks: { beforeUpdate: [pg_dump], afterUpdate: [warm-up] }
probation: 30m
ends: true
suspend: true
onDrift: heal
ignoreDrift: [environment.BUILD_ID]
gate: { block: 80, confirm: 90 }
quadlet:
  Container: { AddCapability: [NET_ADMIN, 1], ReadOnly: yes }
  Service: { CPUQuota: 200%, Nice: 010, X-Note: "" }
`;

describe("a manifest", () => {
  it("with every key is read into a complete spec", () => {
    expect(instanceOf(FULL).spec).toEqual({
      pattern: "web",
      image: `docker.io/jellyfin/jellyfin:10.10.7@sha256:${"0123456789abcdef".repeat(4)}`,
      hostname: "jellyfin.example.org",
      port: 8096,
      memory: "4G",
      memoryHigh: "3.5G",
      environment: { TZ: "Europe/Oslo", "discovery.type": "single-node" },
      secrets: [
        { name: "jellyfin-api-key", type: "env", target: "API_KEY" },
        { name: "jwt", type: "mount", mode: "0400" },
      ],
      volumes: [
        "/srv/media:/media:ro,z",
        "~/x:/x",
        "%h/y:/y:ro,Z",
        "data:/data",
        "x.volume:/z:U,idmap=uids=0-1-2",
      ],
      requireMount: ["/srv/media", "~/y"],
      networks: [
        "reverse_proxy",
        "media:ip=10.89.2.81,mac=02:00:00:00:00:01,alias=jf",
        "v6:ip6=fd00::5",
        "pasta:-T,5432",
      ],
      devices: ["/dev/dri/renderD128", "-/dev/dri:/dev/dri:rw", "nvidia.com/gpu=all"],
      publish: [
        "8096",
        "8080:80",
        "192.168.1.70:53:53/udp",
        "127.0.0.1::80",
        "[::1]:443:443",
        "8000-8002:9000-9002",
      ],
      labels: { "prometheus.scrape": "true" },
      command: ["--port", "8096", ""],
      health: {
        cmd: "curl -f http://localhost:8096/health ||\nexit 1\n",
        interval: "1m30s",
        timeout: "2s",
        startPeriod: "0s",
        retries: 3,
      },
      route: { access: "native", middlewares: ["crowdsec-bouncer@file"] },
      values: { variant: "16", cache: "1G", workers: 4, debug: false, greeting: "007" },
      dependsOn: [],
      hosts: ["ht*"],
      files: [{ from: "files/web.xml", to: "~/web.xml" }],
      hooks: { beforeUpdate: ["pg_dump"], afterUpdate: ["warm-up"] },
      probation: 1_800_000,
      ends: true,
      suspend: true,
      prune: true,
      onDrift: "heal",
      ignoreDrift: ["environment.BUILD_ID"],
      gate: { block: 80, confirm: 90 },
      quadlet: {
        Container: { AddCapability: ["NET_ADMIN", "1"], ReadOnly: "yes" },
        Service: { CPUQuota: "200%", Nice: "010", "X-Note": "" },
      },
    });
  });

  it("needs only a pattern, which supplies the rest", () => {
    expect(instanceOf("pattern: web\n").spec).toEqual({
      pattern: "web",
      environment: {},
      secrets: [],
      volumes: [],
      requireMount: [],
      devices: [],
      publish: [],
      labels: {},
      values: { variant: "1.10", cache: "64M", workers: null, debug: false, greeting: null },
      dependsOn: [],
      files: [],
      hooks: { beforeUpdate: [], afterUpdate: [] },
      ends: false,
      suspend: false,
      prune: true,
      quadlet: {},
    });
  });

  it("keeps environment values as they are written, not as YAML would type them", () => {
    const text = `pattern: web
environment:
  OCTAL: 0755
  VERSION: 1.10
  YES: yes
  TRUE: True
  HEX: 0xff
  EXP: 1e3
  LONG: 12345678901234567890
  QUOTED: "a # b"
  EMPTY: ""
  JSON: '{"a": [1, "$HOME"]}'
  LINES: |
    one
    two
`;
    expect(instanceOf(text).spec.environment).toEqual({
      OCTAL: "0755",
      VERSION: "1.10",
      YES: "yes",
      TRUE: "True",
      HEX: "0xff",
      EXP: "1e3",
      LONG: "12345678901234567890",
      QUOTED: "a # b",
      EMPTY: "",
      JSON: '{"a": [1, "$HOME"]}',
      LINES: "one\ntwo\n",
    });
  });

  it("may use anchors and aliases", () => {
    const text = "pattern: web\nlabels: &shared { a: 1 }\nenvironment: *shared\n";
    expect(instanceOf(text).spec.environment).toEqual({ a: "1" });
  });

  it("records the place of each of its nodes", () => {
    const { places, place } = instanceOf(FULL);
    const at = (path: string) => [places.get(path)?.line, places.get(path)?.column];
    expect(place).toEqual({ file: "desired-state/web.yaml", line: 2, column: 1 });
    expect(at("image")).toEqual([3, 8]);
    expect(at("environment.TZ")).toEqual([8, 20]);
    expect(at("volumes.1")).toEqual([10, 37]);
    expect(at("health.retries")).toEqual([24, 12]);
    expect(at("quadlet.Container.AddCapability.1")).toEqual([38, 43]);
  });

  it("with Windows line ends and a byte order mark is read the same way", () => {
    const text = "\uFEFFpattern: web\r\nenvironment:\r\n  A: |\r\n    one\r\n    two\r\n";
    expect(instanceOf(text).spec.environment).toEqual({ A: "one\ntwo\n" });
  });

  it.each([
    "redis",
    "redis:7",
    "localhost/app:dev",
    "registry.example.org:5000/team/app",
    "quay.io/a/b__c.d-e:v1.2_3",
    `sha256:${"0".repeat(64)}`,
    "App_1.build",
    "app.image",
    "[fd00::1]:5000/app:1",
  ])("accepts the image %s", (image) => {
    expect(instanceOf(`pattern: web\nimage: "${image}"\n`).spec.image).toBe(image);
  });

  it.each(["a:", ":7", "a@sha256:12", "a//b", "a:b:c", "-a", "a/", `a:${"x".repeat(129)}`, "ä"])(
    "refuses the image %s",
    (image) => {
      expect(linesOf(read({ "desired-state/web.yaml": `pattern: web\nimage: "${image}"\n` }))).toHaveLength(
        1,
      );
    },
  );
});

describe("a manifest with errors", () => {
  it("leaves its instance alone and deploys the others", () => {
    const state = read({
      "desired-state/good.yaml": "pattern: web\n",
      "desired-state/bad.yaml": "pattern: web\nport: x\n",
      "desired-state/sub/raw.container": "[Container]\nImage=x\n",
    });
    expect(namesOf(state)).toEqual(["good", "raw"]);
    expect([...state.invalid]).toEqual(["bad"]);
    expect(state.issues.map(({ instance, code }) => [instance, code])).toEqual([["bad", "value-invalid"]]);
  });
});

describe("the requirements of a pattern", () => {
  it("name the missing keys and parameters", () => {
    expect(linesOf(read({ "desired-state/x.yaml": "pattern: strict\nvalues: {}\n" }))).toEqual([
      'desired-state/x.yaml:1:10: "health.cmd" is missing: pattern "strict" requires it',
      'desired-state/x.yaml:1:10: "hostname" is missing: pattern "strict" requires it',
      'desired-state/x.yaml:2:1: "values.database" is missing: pattern "strict" requires it (such as postgres)',
    ]);
  });

  it("are met by keys that the manifest has", () => {
    const text = "pattern: strict\nhostname: a.b\nhealth: { cmd: x }\nvalues: { database: 12 }\n";
    expect(instanceOf(text).spec.values).toEqual({ database: "12" });
  });
});

describe("the files of a manifest", () => {
  it("are read from the repository if an instance of this host mounts them", () => {
    const mounts = (hosts: string, file: string) =>
      `pattern: web\nhosts: [${hosts}]\nfiles: [{ from: ${file}, to: /srv/${file}, mode: 600 }]\n`;
    const state = read({
      "desired-state/a.yaml": mounts("htpc", "files/a"),
      "desired-state/b.yaml": mounts("other", "files/b"),
      "files/a": "A",
      "files/b": "B",
      "files/c": "C",
    });
    expect([...state.files]).toEqual([["files/a", "A"]]);
    expect(state.instances[0]).toMatchObject({ spec: { files: [{ mode: "0600" }] } });
  });

  it("must be named one by one, with a hint for a similar name", () => {
    const manifest =
      "pattern: web\nfiles: [{ from: files/conf, to: /a }, { from: files/conf/b.xlm, to: /b }]\n";
    expect(linesOf(read({ "desired-state/x.yaml": manifest, "files/conf/b.xml": "" }))).toEqual([
      'desired-state/x.yaml:2:17: "files/conf" is a folder (list its files one by one)',
      'desired-state/x.yaml:2:47: there is no file "files/conf/b.xlm" in the repository (did you mean "files/conf/b.xml"?)',
    ]);
  });

  it("must not share a target on the host", () => {
    const manifest = "pattern: web\nfiles: [{ from: files/a, to: /srv/a }]\n";
    const state = read({ "desired-state/x.yaml": manifest, "desired-state/y.yaml": manifest, "files/a": "" });
    expect(linesOf(state)).toEqual([
      'desired-state/y.yaml:2:30: "x" already writes "/srv/a" (choose another path)',
    ]);
    expect(namesOf(state)).toEqual(["x"]);
  });
});
