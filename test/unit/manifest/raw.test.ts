import { describe, expect, it } from "vitest";
import { NO_POLICY } from "../../../src/model/instance.ts";
import { linesOf, namesOf, read } from "./support.ts";

const UNIT = "[Container]\nImage=x\n";

describe("raw Quadlets", () => {
  it("become one instance for each stem, byte for byte, in any folder", () => {
    const odd = "\t# comment\r\n[Container]\r\nImage=x  \r\nExec=a \\\n# between\n\n  not a key\n\n\n";
    const state = read({
      "desired-state/traefik.container": odd,
      "desired-state/proxy/traefik.container.d/10-a.conf": "[Service]\nNice=5\n",
      "desired-state/proxy/traefik.network": "[Network]\n",
      "desired-state/my_app@.container": UNIT,
      "desired-state/data.volume": "[Volume]\n",
      "desired-state/x.pod": "[Pod]\n",
      "desired-state/y.kube": "[Kube]\nYaml=y.yaml\n",
      "desired-state/z.image": "[Image]\n",
      "desired-state/w.build": "[Build]\n",
    });
    expect(linesOf(state)).toEqual([]);
    expect(namesOf(state)).toEqual(["data", "my_app@", "traefik", "w", "x", "y", "z"]);
    const traefik = state.instances.find(({ name }) => name === "traefik");
    expect(traefik).toEqual({
      kind: "raw",
      name: "traefik",
      place: { file: "desired-state/proxy/traefik.network" },
      files: new Map([
        ["traefik.container.d/10-a.conf", "[Service]\nNice=5\n"],
        ["traefik.network", "[Network]\n"],
        ["traefik.container", odd],
      ]),
      spec: NO_POLICY,
      places: new Map(),
    });
  });

  it("may be empty, but for a unit that systemd would take for a masked one", () => {
    const state = read({
      "desired-state/e.network": "",
      "desired-state/p.pod": " \n\n",
      "desired-state/p.pod.d/x.conf": "",
      "desired-state/job.timer": "",
      "desired-state/job.timer.d/x.conf": "",
    });
    expect(namesOf(state)).toEqual(["e", "p"]);
    expect(linesOf(state)).toEqual([
      "desired-state/job.timer: the file is empty (systemd takes an empty unit for a masked one)",
    ]);
  });

  it("are read in folders that begin with a dot, and manifests there are passed over aloud", () => {
    const state = read({
      "desired-state/web/.config/containers/systemd/web.container": UNIT,
      "desired-state/web/.config/containers/systemd/.web.container": UNIT,
      "desired-state/.notes/app.yaml": "title: x\n",
      "desired-state/.notes/readme.txt": "x",
    });
    expect([namesOf(state), linesOf(state)]).toEqual([["web"], []]);
    expect(state.warnings?.map(({ code, place }) => [code, place?.file])).toEqual([
      ["manifest-hidden", "desired-state/.notes/app.yaml"],
    ]);
  });

  it.each([
    [
      "a stray line",
      "[Container]\nImage=x\nfoo\n",
      "desired-state/x.container:3:1: the line is neither a [Section], a Key=value nor a comment (because of this line, podman would ignore every Quadlet in the folder)",
    ],
    [
      "a key before any section",
      "# c\nImage=x\n[Container]\n",
      "desired-state/x.container:2:1: the line comes before the first [Section] (because of this line, podman would ignore every Quadlet in the folder)",
    ],
    [
      "a value without a key",
      "[Container]\n=x\n",
      "desired-state/x.container:2:1: the line is neither a [Section], a Key=value nor a comment (because of this line, podman would ignore every Quadlet in the folder)",
    ],
    [
      "a section without a name",
      "[Container]\nImage=x\n[]\n",
      "desired-state/x.container:3:1: the [Section] has no valid name (because of this line, podman would ignore every Quadlet in the folder)",
    ],
    [
      "a stray line that goes on in the next",
      "[Container]\n# c\nfoo\\\n  bar\nImage=x\n",
      "desired-state/x.container:3:1: the line is neither a [Section], a Key=value nor a comment (because of this line, podman would ignore every Quadlet in the folder)",
    ],
    [
      "a byte order mark",
      "\uFEFF[Container]\nImage=x\n",
      "desired-state/x.container:1:1: the file starts with a byte order mark",
    ],
    ["a NUL", "[Container]\nImage=\0\n", "desired-state/x.container: the file contains a NUL character"],
  ])("with %s are refused", (_name, text, ...lines) => {
    const state = read({ "desired-state/x.container": text, "desired-state/y.container": UNIT });
    expect(linesOf(state)).toEqual(lines);
    expect(namesOf(state)).toEqual(["y"]);
    expect([...state.invalid]).toEqual(["x"]);
  });

  it("of the same name in two folders are refused, because podman would use only one of them", () => {
    const state = read({
      "desired-state/a/x.container": UNIT,
      "desired-state/b/x.container": UNIT,
      "desired-state/a/x.container.d/1.conf": UNIT,
      "desired-state/b/x.container.d/1.conf": UNIT,
    });
    expect(linesOf(state)).toEqual([
      'desired-state/b/x.container: desired-state/a/x.container already has "x.container" (rename one of the two)',
      'desired-state/b/x.container.d/1.conf: desired-state/a/x.container.d/1.conf already has "x.container.d/1.conf" (rename one of the two)',
    ]);
  });

  it("with blanks in their names are refused", () => {
    expect(linesOf(read({ "desired-state/a b.container": UNIT }))).toEqual([
      'desired-state/a b.container: "a b" cannot be a unit\'s name (use letters, digits and : _ . - with one @ for templates)',
    ]);
  });
});

it.each([
  ["a key that goes on in the next line", "[Container]\nImage\\\n=x\n"],
  ["a section that goes on in the next line", "[Cont\\\nainer]\nImage=x\n"],
  ["nothing but a backslash", "[Container]\nImage=x\n\\\n"],
  ["blanks after a section", "[Container] \t\nImage=x"],
  ["comments alone", "# a\n; b\n"],
])("a raw Quadlet with %s is accepted, as podman's parser accepts it", (_name, text) => {
  expect(linesOf(read({ "desired-state/x.container": text }))).toEqual([]);
});

describe("other files of desired-state/", () => {
  it("are ignored if they cannot be mistaken for something that quadgate reads", () => {
    const ignored = [
      "README.md",
      ".gitkeep",
      ".x.yaml",
      ".hidden/x.yaml",
      "notes.txt",
      "x.json",
      "x.xml",
      "x.env",
      "x.conf",
      "x.toml",
      "x.html",
      "x.mk",
      "Makefile",
      "conf.d/x.conf",
      "yaml",
      "container",
    ];
    const state = read(Object.fromEntries(ignored.map((file) => [`desired-state/${file}`, "?"])));
    expect([linesOf(state), state.instances]).toEqual([[], []]);
  });

  it.each([
    ["web.yml", "quadgate reads .yaml files, not .yml (rename it to web.yaml)", "web"],
    ["web.contaner", 'unknown file type ".contaner" (did you mean ".container"?)', "web"],
    ["web.Container", 'unknown file type ".Container" (did you mean ".container"?)', "web"],
    ["web.YAML", 'unknown file type ".YAML" (did you mean ".yaml"?)', "web"],
    ["web.yalm", 'unknown file type ".yalm" (did you mean ".yaml"?)', "web"],
    ["web.networks", 'unknown file type ".networks" (did you mean ".network"?)', "web"],
    ["web.artifact", "this version does not support Quadlets of the kind .artifact", "web"],
    [
      "web.container.d/x.cfg",
      "only .conf files in a drop-in folder are read (rename it, or move it elsewhere)",
      "web",
    ],
    [
      "container.d/x.conf",
      "quadgate does not support a drop-in for every unit of a kind (write a drop-in for each unit)",
      undefined,
    ],
    [
      "srv-media.mount",
      "quadgate deploys Quadlets and .timer .socket .path .service .target units, but no other systemd units (keep it outside desired-state/ and install it by hand)",
      undefined,
    ],
    [
      "web.slice.d/x.conf",
      "quadgate deploys Quadlets and .timer .socket .path .service .target units, but no other systemd units (keep it outside desired-state/ and install it by hand)",
      undefined,
    ],
    [
      "timer.d/x.conf",
      "quadgate does not support a drop-in for every unit of a kind (write a drop-in for each unit)",
      undefined,
    ],
    [
      "podman.socket.d/x.conf",
      'there is no "podman.socket" in desired-state/ for this drop-in (drop-ins are possible only for units of this repository)',
      "podman",
    ],
    [
      "quadgate-x.timer",
      '"quadgate-x.timer" is a name of quadgate\'s own units (rename the file)',
      "quadgate-x",
    ],
    [
      "job@.timer",
      "quadgate does not deploy templates of the kind .timer (write a file for each instance: job@NAME.timer)",
      "job@",
    ],
  ])("such as %s are refused rather than ignored", (file, message, invalid) => {
    const state = read({ [`desired-state/${file}`]: "[Unit]\n" });
    expect(linesOf(state)).toEqual([`desired-state/${file}: ${message}`]);
    expect([...state.invalid]).toEqual(invalid === undefined ? [] : [invalid]);
  });

  it("need a unit if they are drop-ins", () => {
    const state = read({ "desired-state/web.container": UNIT, "desired-state/wbe.container.d/x.conf": UNIT });
    expect(linesOf(state)).toEqual([
      'desired-state/wbe.container.d/x.conf: there is no "wbe.container" in desired-state/ for this drop-in (did you mean "web.container"?)',
    ]);
    expect(namesOf(state)).toEqual(["web"]);
  });
});
