import { describe, expect, it } from "vitest";
import { issuesOf } from "./support.ts";

/** What stands below `pattern: web` (line 1), and what is said about it. */
const CASES: readonly [name: string, below: string, ...issues: string[]][] = [
  ["an unknown key", "memry: 4G", '2:1: unknown key "memry" (did you mean "memory"?)'],
  ["a compose word", "ports: [8080]", '2:1: unknown key "ports" (did you mean "publish"?)'],
  ["a key far from any other", "xyzzy: 1", '2:1: unknown key "xyzzy"'],
  [
    "an unknown key further in",
    "health: { cmmd: x }",
    '2:11: unknown key "cmmd" in "health" (did you mean "cmd"?)',
  ],
  [
    "a merge key",
    "<<: { image: x }",
    '2:1: unknown key "<<" (YAML 1.2 has no merge keys; write the keys out)',
  ],
  [
    "a key without a value",
    "memory:",
    '2:1: "memory" has no value; it must be a size such as 512M or 4G (give it a value or remove the key)',
  ],
  [
    "a section without content",
    "environment:",
    '2:1: "environment" has no value; it must be a map of keys (give it a value or remove the key)',
  ],
  [
    "an image with blanks",
    "image: Foo Bar",
    '2:8: "image" is not an image reference: "Foo Bar" (write registry/name:tag, such as docker.io/library/redis:7.4)',
  ],
  [
    "an image in capitals",
    "image: docker.io/Library/Redis:7",
    '2:8: "image" is not an image reference: "docker.io/Library/Redis:7" (repository names are lower case)',
  ],
  [
    "an image with a transport",
    "image: docker://redis:7",
    '2:8: "image" is not an image reference: "docker://redis:7" (leave out the part before ://)',
  ],
  [
    "a URL as host name",
    "hostname: https://x.example.org",
    '2:11: "hostname" is not a host name: "https://x.example.org" (write only the name, without https://, port or path)',
  ],
  [
    "a host name with an underscore",
    "hostname: my_app.example.org",
    '2:11: "hostname" is not a host name: "my_app.example.org" (such as jellyfin.example.org)',
  ],
  ["a port that is too high", "port: 65536", '2:7: "port" must be a whole number from 1 to 65535, not 65536'],
  ["port 0", "port: 0", '2:7: "port" must be a whole number from 1 to 65535, not 0'],
  ["a port with a fraction", "port: 80.5", '2:7: "port" must be a whole number from 1 to 65535, not 80.5'],
  ["a port as text", 'port: "hunter2"', '2:7: "port" must be a whole number from 1 to 65535, not text'],
  ["memory without a unit", "memory: 512", '2:9: "memory" must be a size such as 512M or 4G, not 512'],
  ["memory in words", "memory: lots", '2:9: "memory" is not a size: "lots" (write 512M, 4G or 1.5G)'],
  ["a probation without a unit", "probation: 30", '2:12: "probation" must be text, not 30'],
  [
    "a probation in words",
    "probation: soon",
    '2:12: "probation": not a duration: "soon" (write 30s, 10m or 2h)',
  ],
  ["a probation of a month", "probation: 30d", '2:12: "probation": too long: "30d" (7d at most)'],
  [
    "a misspelt hook",
    "hooks: { afterUpdates: [x] }",
    '2:10: unknown key "afterUpdates" in "hooks" (did you mean "afterUpdate"?)',
  ],
  ["no memory at all", "memory: 0G", '2:9: "memory" must be more than 0'],
  [
    "memoryHigh above memory",
    "memory: 1G\nmemoryHigh: 1025M",
    '3:13: "memoryHigh" must not be above memory (1G)',
  ],
  [
    "memoryHigh above the pattern's memory",
    "memoryHigh: 1G",
    '2:13: "memoryHigh" must not be above the memory that pattern "web" gives (512M) (set memory too)',
  ],
  [
    "a variable with a blank in its name",
    "environment: { A B: hunter2 }",
    '2:16: "A B" is not the name of an environment variable',
  ],
  [
    "a variable that is a list",
    "environment: { A: [hunter2] }",
    '2:19: "environment.A" must be text, a number, true or false, not a list',
  ],
  [
    "a variable without a value",
    "environment: { A: }",
    '2:16: "environment.A" has no value; it must be text, a number, true or false (give it a value or remove the key)',
  ],
  [
    "a control character",
    'environment: { A: "\\e[2J" }',
    '2:19: "environment.A" contains a control character',
  ],
  ["a NUL", 'environment: { A: "a\\0b" }', '2:19: "environment.A" contains a control character'],
  ["a line break in an image", 'image: "a\\nb"', '2:8: "image" must be a single line'],
  [
    "a secret of unknown type",
    "secrets: [{ name: key, type: evn }]",
    '2:30: "secrets[0].type" must be env or mount, not "evn" (did you mean "env"?)',
  ],
  ["a secret without a name", "secrets: [{ type: env }]", '2:11: "secrets[0].name" is missing'],
  [
    "a secret's target that is no variable",
    "secrets: [{ name: key, type: env, target: A B }]",
    '2:43: "secrets[0].target" is not the name of an environment variable',
  ],
  [
    "a mode for a variable",
    "secrets: [{ name: key, type: env, mode: 0400 }]",
    '2:41: "secrets[0].mode" is only for secrets of type mount',
  ],
  [
    "a mode in decimal",
    "secrets: [{ name: key, mode: 256 }, { name: other, mode: 9 }]",
    '2:58: "secrets[1].mode" is not a file mode: "9" (write three octal digits, such as "0640")',
  ],
  [
    "a volume relative to the repository",
    "volumes: [./config:/config]",
    '2:11: "volumes[0]" has a source relative to the repository, which is not supported: "./config" (list the file under `files`, or write an absolute path)',
  ],
  [
    "a volume without a destination",
    "volumes: [/data]",
    '2:11: "volumes[0]" has no destination: "/data" (write source:/path/in/container; a volume without a name is lost with its container)',
  ],
  [
    "a relative destination",
    "volumes: [/data:data]",
    '2:11: "volumes[0]" has a destination that is not an absolute path: "data"',
  ],
  ["a volume over the root", "volumes: [/data:/]", '2:11: "volumes[0]" mounts over the container\'s root'],
  [
    "a volume option in capitals",
    "volumes: [/data:/data:RO]",
    '2:11: "volumes[0]" has an unknown volume option: "RO" (did you mean "ro"?)',
  ],
  [
    "volume options that contradict",
    "volumes: ['/data:/data:ro,rw']",
    '2:11: "volumes[0]" has volume options that contradict each other: rw and ro',
  ],
  [
    "two volumes on one path",
    "volumes:\n  - /a:/data\n  - /b:/data/",
    '4:5: "volumes[1]" mounts something on "/data" again',
  ],
  ["a network with a slash", "networks: [a/b]", '2:12: "networks[0]" is not a network\'s name: "a/b"'],
  [
    "an unknown network option",
    'networks: ["a:ipp=10.0.0.1"]',
    '2:12: "networks[0]" has an unknown network option: "ipp" (did you mean "ip"?)',
  ],
  [
    "an address that is none",
    'networks: ["a:ip=10.0.0.256"]',
    '2:12: "networks[0]" has a network option that is not valid: "ip=10.0.0.256"',
  ],
  ["a network twice", 'networks: [a, "a:ip=10.0.0.2"]', '2:15: "networks[1]" names the network "a" again'],
  [
    "a device without a path",
    "devices: [dri]",
    '2:11: "devices[0]" is not a device: "dri" (write /dev/name[:/dev/name][:rwm])',
  ],
  [
    "a published port out of range",
    'publish: ["80:70000"]',
    '2:11: "publish[0]" has a port outside 1 to 65535, or a range that runs backwards: "80:70000"',
  ],
  [
    "published ranges of unequal length",
    'publish: ["8000-8002:80-81"]',
    '2:11: "publish[0]" has ranges of unequal length: "8000-8002:80-81"',
  ],
  [
    "a published port that podman refuses",
    'publish: [":8080:80"]',
    '2:11: "publish[0]" is not a published port: ":8080:80" (write host:container, such as 8096:8096 or 127.0.0.1:53:53/udp)',
  ],
  [
    "a published port on no address",
    'publish: ["300.0.0.1:80:80"]',
    '2:11: "publish[0]" has an IP address that is not valid: "300.0.0.1"',
  ],
  [
    "a label of quadgate's own",
    "labels: { io.quadgate.instance: x }",
    '2:11: "io.quadgate.instance" is a label that quadgate or podman sets',
  ],
  ["a command that is text", "command: --flag", '2:10: "command" must be a list, not text'],
  [
    "an interval without a unit",
    "health: { interval: 30 }",
    '2:21: "health.interval" must be a duration such as 30s, not 30',
  ],
  [
    "a time-out of under a second",
    "health: { timeout: 500ms }",
    '2:20: "health.timeout" must be at least 1s',
  ],
  [
    "no retries",
    "health: { retries: 0 }",
    '2:20: "health.retries" must be a whole number of at least 1, not 0',
  ],
  [
    "an unknown access kind",
    "route: { access: nativ }",
    '2:18: "route.access" must be authenticated, native, public, admin, api or none, not "nativ" (did you mean "native"?)',
  ],
  [
    "an ignored file",
    "ignoreDrift: [memory, unit]",
    '2:23: "ignoreDrift[1]" cannot name `unit`: a file that differs from git\'s is put back (change the file in git, or suspend the instance)',
  ],
  ["no hosts", "hosts: []", '2:8: "hosts" must not be empty'],
  [
    "a path out of the repository",
    "files: [{ from: ../etc/shadow, to: /srv/x }]",
    '2:17: "files[0].from" is not a path in the repository: "../etc/shadow" (such as files/jellyfin.xml)',
  ],
  [
    "a file that is not there",
    "files: [{ from: files/web.xml, to: /srv/x }]",
    '2:17: there is no file "files/web.xml" in the repository',
  ],
  [
    "a relative target",
    "files: [{ from: desired-state/web.yaml, to: x }]",
    '2:45: "files[0].to" is not an absolute path on the host: "x" (write /path or ~/path)',
  ],
  ["an unknown reaction to drift", "onDrift: ignore", '2:10: "onDrift" must be report or heal, not "ignore"'],
  [
    "a score above 100",
    "gate: { block: 101 }",
    '2:16: "gate.block" must be a whole number from 0 to 100, not 101',
  ],
  [
    "block above confirm",
    "gate: { block: 90, confirm: 80 }",
    '2:16: "gate.block" must not be above confirm (80)',
  ],
  [
    "a window that never begins",
    'gate: { windows: { allow: [{ cron: "0 25 * * *", for: 3h }] } }',
    '2:36: "gate.windows.allow[0].cron": not a cron expression: "0 25 * * *" ("25" is not a valid hour)',
  ],
  [
    "a window without an end",
    'gate: { windows: { freeze: [{ cron: "0 2 * * *" }] } }',
    '2:29: "gate.windows.freeze[0].for" is missing',
  ],
  [
    "an unknown Quadlet section",
    "quadlet: { Contaner: { Foo: 1 } }",
    '2:12: unknown key "Contaner" in "quadlet" (did you mean "Container"?)',
  ],
  [
    "a Quadlet value that would join the next line",
    "quadlet: { Service: { ExecStartPre: 'true \\' } }",
    '2:37: "quadlet.Service.ExecStartPre" must not end with a backslash',
  ],
  [
    "a Quadlet value with a line break",
    'quadlet: { Service: { A: ["x\\nB=1"] } }',
    '2:27: "quadlet.Service.A[0]" must be a single line',
  ],
  [
    "a Quadlet key with a line break",
    'quadlet: { Service: { "A\\nB": 1 } }',
    "2:23: a key contains a control character",
  ],
  [
    "a Quadlet value that is a map",
    "quadlet: { Service: { A: { B: 1 } } }",
    '2:26: "quadlet.Service.A" must be text, a number, true or false, or a list of these, not a map',
  ],
  [
    "a value that the enum lacks",
    "values: { variant: plian }",
    '2:20: "values.variant" must be plain, 16 or 1.10, not "plian" (did you mean "plain"?)',
  ],
  [
    "a parameter that the pattern lacks",
    "values: { wokers: 2 }",
    '2:11: pattern "web" has no parameter "wokers" (did you mean "workers"?)',
  ],
  [
    "a parameter of another type",
    "values: { workers: 1.5 }",
    '2:20: "values.workers" must be a whole number, not 1.5',
  ],
  ["a switch that is text", "values: { debug: yes }", '2:18: "values.debug" must be true or false, not text'],
  [
    "a size without a unit",
    "values: { cache: 64 }",
    '2:18: "values.cache" is not a size: "64" (write 512M, 4G or 1.5G)',
  ],
  [
    "a dependency that does not exist",
    "dependsOn: [postgres]",
    '2:13: there is no instance "postgres" to depend on',
  ],
];

describe("a manifest with one error", () => {
  it.each(CASES)("is reported with its place: %s", (_name, below, ...issues) => {
    expect(issuesOf(`pattern: web\n${below}\n`)).toEqual(issues);
  });
});

describe("a manifest that cannot be read", () => {
  it.each([
    ["is empty", "", "the file is empty"],
    ["holds only comments", "# nothing\n", "the file is empty"],
    ["is a list", "- pattern: web\n", "1:1: the file must be a map of keys, not a list"],
    ["has a key twice", "pattern: web\nimage: a\nimage: b\n", '3:1: the key "image" appears twice'],
    [
      "holds two documents",
      "pattern: web\n---\npattern: web\n",
      "2:1: the file has more than one YAML document (---); write a file for each",
    ],
    [
      "is indented by tabs",
      "pattern: web\nhealth:\n\tcmd: x\n",
      "3:1: the line is indented with a tab; use spaces",
    ],
    [
      "has a colon in plain text",
      "pattern: web\nimage: a: b\n",
      '2:8: a value that contains ": " needs quotes',
    ],
    [
      "has a tag",
      "pattern: web\nimage: !secret x\n",
      "2:8: tags (!name) are not supported; a value that starts with ! needs quotes",
    ],
    [
      "has an alias to nothing",
      "pattern: web\nimage: *hunter2\n",
      "2:8: an alias (*name) refers to an anchor (&name) that does not come before it",
    ],
    [
      "asks for YAML 1.1",
      "%YAML 1.1\n---\npattern: web\n",
      "1:1: YAML 1.1 is not supported: remove the %YAML line",
    ],
    ["names no pattern", "image: redis\n", '1:1: "pattern" is missing'],
    ["names an unknown pattern", "pattern: wbe\n", '1:10: there is no pattern "wbe" (did you mean "web"?)'],
  ])("is reported if it %s", (_name, text, ...issues) => {
    expect(issuesOf(text)).toEqual(issues);
  });

  it("is refused if its aliases would expand without limit", () => {
    const rows = Array.from({ length: 12 }, (_, row) => {
      const items = Array.from({ length: 9 }, () => (row === 0 ? "x" : `*a${row - 1}`)).join(", ");
      return `a${row}: &a${row} [${items}]`;
    });
    expect(issuesOf(rows.join("\n"))).toEqual([
      expect.stringContaining("nested too deeply, or is too large once its aliases are expanded"),
    ]);
  });

  it.each([
    ["brackets", "[".repeat(10_000)],
    ["dashes", "- ".repeat(10_000)],
    ["question marks", "? ".repeat(10_000)],
  ])("is refused if %s nest without limit", (_name, text) => {
    expect(issuesOf(text)).toEqual([
      "the file is nested too deeply, or is too large once its aliases are expanded",
    ]);
  });

  it("is refused if an alias contains itself", () => {
    expect(issuesOf("pattern: &a [*a]\n")).toHaveLength(1);
  });
});

it("a manifest has all its problems reported at once, in the order of its lines", () => {
  const text =
    "pattern: web\nport: 0\nmemry: 1G\nvalues: { debug: 1 }\ndependsOn: [nobody]\nfiles: [{ from: files/x, to: y }]\n";
  expect(issuesOf(text).map((line) => line.split(":").slice(0, 2).join(":"))).toEqual([
    "2:7",
    "3:1",
    "4:18",
    "5:13",
    "6:17",
    "6:30",
  ]);
});

it("an issue of a manifest never repeats a value that may be a secret", () => {
  const text = `pattern: web
port: hunter2
environment: { A: "hunter2\\u0001", B: [hunter2] }
labels: [hunter2]
command: hunter2
health: { cmd: [hunter2] }
quadlet: { Service: { A: "hunter2\\n", B: hunter2\\ } }
values: { debug: hunter2, workers: hunter2 }
`;
  const issues = issuesOf(text);
  expect(issues).toHaveLength(10);
  expect(issues.join("\n")).not.toContain("hunter2");
});
