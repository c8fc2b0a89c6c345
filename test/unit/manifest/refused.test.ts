import { describe, expect, it } from "vitest";
import { readDesiredState, readRepositorySettings } from "../../../src/manifest/index.ts";
import type { Refusal } from "../../../src/model/tree.ts";
import { linesOf, namesOf, SHIPPED, treeOf } from "./support.ts";

const UNIT = "[Container]\nImage=x\n";
const OTHERS = { "desired-state/other.container": UNIT };

function readWith(refused: Readonly<Record<string, Refusal>>, files: Readonly<Record<string, string>> = {}) {
  const tree = { ...treeOf({ ...OTHERS, ...files }), refused: new Map(Object.entries(refused)) };
  return readDesiredState(tree, SHIPPED, { host: "htpc" });
}

describe("a link, folder or other obstacle in place of a file", () => {
  it.each([
    ["a manifest", "desired-state/media/web.yaml", "web"],
    ["a Quadlet", "desired-state/web.container", "web"],
    ["a drop-in", "desired-state/web.container.d/a.conf", "web"],
    ["a folder of drop-ins", "desired-state/web.container.d", "web"],
    ["the networks", "desired-state/networks.yaml", "networks"],
  ])("of %s leaves its instance alone, and no other", (_, path, instance) => {
    const state = readWith({ [path]: "symbolic-link" });
    expect(linesOf(state)).toEqual([
      `${path}: this is a symbolic link, but quadgate reads only plain files (commit the file itself)`,
    ]);
    expect(state.issues).toMatchObject([{ code: "file-not-plain", instance, place: { file: path } }]);
    expect([...state.invalid]).toEqual([instance]);
    expect(namesOf(state)).toEqual(["other"]);
    expect(state.complete).toBe(true);
  });

  it("may be in place of a stack, whose entries are then unknown", () => {
    expect([...readWith({ "desired-state/media.yaml": "large-file" }).doubtful]).toContain("media");
  });

  it("leaves nothing known if it may be in place of a folder of instances or patterns", () => {
    const found = (path: string, refusal: Refusal) => {
      const { complete, issues } = readWith({ [path]: refusal });
      return [complete, issues.map(({ code }) => code)];
    };
    const unknown = [false, ["file-not-plain"]];
    expect(found("desired-state/media", "symbolic-link")).toEqual(unknown);
    expect(found("desired-state/media", "submodule")).toEqual(unknown);
    expect(found("desired-state/media", "unreadable-folder")).toEqual(unknown);
    expect(found("desired-state/media.yaml", "submodule")).toEqual(unknown);
    expect(found("patterns/mine", "submodule")).toEqual(unknown);
    expect(found("patterns", "symbolic-link")).toEqual(unknown);
    expect(found("desired-state/README.md", "large-file")).toEqual([true, []]);
    expect(found("desired-state/.hidden", "symbolic-link")).toEqual([true, []]);
    expect(found("files/nobody-asks", "symbolic-link")).toEqual([true, []]);
  });

  it("is described as such if it is a file larger than 1 MiB", () => {
    expect(linesOf(readWith({ "desired-state/web.container": "large-file" }))).toEqual([
      "desired-state/web.container: the file is larger than 1 MiB (keep data out of the repository; it is for configuration only)",
    ]);
  });

  it("is described as such if it is a file that the user may not read", () => {
    expect(linesOf(readWith({ "desired-state/web.container": "unreadable-file" }))).toEqual([
      "desired-state/web.container: this is an unreadable file (check its owner and its mode)",
    ]);
  });

  it("of a pattern leaves alone what uses it, and is not replaced by a shipped one", () => {
    const state = readWith(
      { "patterns/web.yaml": "symbolic-link" },
      { "desired-state/site.yaml": "pattern: web\n" },
    );
    expect(state.issues.map(({ code, place }) => [code, place?.file])).toEqual([
      ["pattern-broken", "desired-state/site.yaml"],
      ["file-not-plain", "patterns/web.yaml"],
    ]);
    expect([...state.invalid]).toEqual(["site"]);
  });

  it("of a template is not replaced by a shipped one", () => {
    for (const path of ["templates/quadlets/container.liquid", "templates/quadlets", "templates"]) {
      const state = readWith({ [path]: "symbolic-link" });
      expect(state.issues).toMatchObject([{ code: "file-not-plain", place: { file: path } }]);
      expect([...state.templates.keys()]).toEqual([]);
    }
  });

  it("of a mounted file, or of a folder above it, leaves the instance that names it alone", () => {
    const manifest = "pattern: web\nfiles: [{ from: files/web/a.conf, to: /srv/a.conf }]\n";
    for (const path of ["files/web/a.conf", "files/web", "files"]) {
      const state = readWith({ [path]: "symbolic-link" }, { "desired-state/site.yaml": manifest });
      expect(state.issues).toMatchObject([
        { code: "file-not-plain", instance: "site", place: { file: path } },
      ]);
      expect([...state.invalid]).toEqual(["site"]);
    }
  });

  it("of the settings does not count as an absence of settings", () => {
    const tree = { ...treeOf({}), refused: new Map([["quadgate.yaml", "symbolic-link" as const]]) };
    expect(readRepositorySettings(tree).issues).toMatchObject([
      { code: "file-not-plain", place: { file: "quadgate.yaml" } },
    ]);
  });
});
