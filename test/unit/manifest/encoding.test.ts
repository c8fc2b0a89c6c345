import { describe, expect, it } from "vitest";
import { readDesiredState, readRepositorySettings } from "../../../src/manifest/index.ts";
import { linesOf, namesOf, read, SHIPPED, treeOf } from "./support.ts";

const UNIT = "[Container]\nImage=x\n";
const OTHER = { "desired-state/other.container": UNIT };
const FILE = { "files/logo.png": "\udc89PNG\r\n\u001a\n\0\udcff" };
const IN_UNIT = "and systemd loads no unit with such a line";
const COMMENTS = "save the file as UTF-8; only comments may contain other bytes";

describe("a byte that is not UTF-8", () => {
  it.each([
    ["a manifest", "desired-state/web.yaml", "pattern: web\nhostname: ça\udce9\n", "2:13", ["web"]],
    ["a manifest's comment", "desired-state/web.yaml", "# \udce9\npattern: web\n", "1:3", ["web"]],
    ["the networks", "desired-state/networks.yaml", "a: {} # \udce9\n", "1:9", ["networks"]],
    ["a pattern", "patterns/mine.yaml", "title: \udce9\n", "1:8", []],
    ["a template", "templates/quadlets/container.liquid", "x\n\udce9\n", "2:1", []],
  ])("of %s is an error at its place", (_, file, text, place, invalid) => {
    const state = read({ ...OTHER, [file]: text });
    expect(linesOf(state)).toEqual([
      `${file}:${place}: the byte \\xE9 is not UTF-8 (save the file as UTF-8)`,
    ]);
    expect([...state.invalid]).toEqual(invalid);
    expect(namesOf(state)).toEqual(["other"]);
  });

  it("of a template does not bring the shipped one back", () => {
    expect([...read({ "templates/quadlets/container.liquid": "\udce9" }).templates]).toEqual([]);
  });

  it.each([
    ["web.container", `${UNIT}Environment=A=caf\udce9\n`, "3:18"],
    ["web.container", `[Unit]\nDescription=\udc80\n${UNIT}`, "2:13"],
    ["web.container", `${UNIT}Environment=A=1 \\\n# \udce9\n  B=\udce9\n`, "5:5"],
    ["web.container", `${UNIT}[X-Mine]\nA=\udce9\n`, "4:3"],
    ["web.container.d/a.conf", "[Service]\nEnvironment=A=\udce9\n", "2:15"],
    ["web.service", "[Service]\nExecStart=true\nEnvironment=A=\udce9\n", "3:15"],
  ])("of a value in %s leaves the unit alone, because systemd would not load it", (name, text, place) => {
    const main = name.startsWith("web.container.d") ? { "desired-state/web.container": UNIT } : {};
    const state = read({ ...OTHER, ...main, [`desired-state/${name}`]: text });
    const shown = text.includes("\udc80") ? "\\x80" : "\\xE9";
    expect(linesOf(state)).toEqual([
      `desired-state/${name}:${place}: the byte ${shown} is not UTF-8, ${IN_UNIT} (${COMMENTS})`,
    ]);
    expect([...state.invalid]).toEqual(["web"]);
  });

  it("of a comment in a unit is kept", () => {
    const text = `# caf\udce9\n${UNIT}Environment=A=1 \\\n  ; \udcff\n  B=2\n`;
    const state = read({ "desired-state/web.container": text });
    expect(linesOf(state)).toEqual([]);
    expect(state.instances).toMatchObject([{ files: new Map([["web.container", text]]) }]);
  });

  it("of a mounted file is kept", () => {
    const manifest = "pattern: web\nfiles: [{ from: files/logo.png, to: /srv/logo.png }]\n";
    const state = read({ ...FILE, "desired-state/web.yaml": manifest });
    expect(linesOf(state)).toEqual([]);
    expect([...state.files]).toEqual(Object.entries(FILE));
  });

  it("of the settings is an error at its place, and none of them counts", () => {
    const { settings, issues } = readRepositorySettings(treeOf({ "quadgate.yaml": "prune: {}\n# \udce9\n" }));
    expect([settings, issues]).toMatchObject([
      {},
      [{ code: "file-not-utf8", place: { line: 2, column: 3 } }],
    ]);
  });
});

describe("the mode of a mounted file", () => {
  const modeOf = (more: string, executable: readonly string[]) => {
    const manifest = `pattern: web\nfiles: [{ from: files/logo.png, to: /srv/x${more} }]\n`;
    const tree = treeOf({ ...FILE, "desired-state/web.yaml": manifest });
    const state = readDesiredState({ ...tree, executable: new Set(executable) }, SHIPPED, { host: "htpc" });
    expect(linesOf(state)).toEqual([]);
    const [instance] = state.instances;
    return instance?.kind === "pattern" ? instance.spec.files[0]?.mode : "no instance";
  };

  it("is the manifest's, else that of a program if git says that it is one", () => {
    expect(modeOf("", ["files/logo.png"])).toBe("0755");
    expect(modeOf(", mode: 640", ["files/logo.png"])).toBe("0640");
    expect(modeOf("", ["files/other"])).toBeUndefined();
  });
});
