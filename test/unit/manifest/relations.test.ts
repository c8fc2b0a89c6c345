import { describe, expect, it } from "vitest";
import { linesOf, namesOf, read } from "./support.ts";

/** Manifests by name, each with the rest of its text. */
function manifests(texts: Readonly<Record<string, string>>, host = "htpc") {
  const files = Object.entries(texts).map(([name, rest]) => [
    `desired-state/${name}.yaml`,
    `pattern: web\n${rest}\n`,
  ]);
  return read(Object.fromEntries(files), host);
}

describe("the key hosts of a manifest", () => {
  it.each([
    ["hosts: [htpc]", true],
    ["hosts: [HTPC]", true],
    ["hosts: [nas, ht*]", true],
    ["hosts: ['{nas,htpc}']", true],
    ["hosts: [nas]", false],
    ["hosts: [ht]", false],
    ["", true],
  ])("with %s decides whether an instance is for this host: %s", (hosts, here) => {
    expect(namesOf(manifests({ app: hosts }))).toEqual(here ? ["app"] : []);
  });

  it("does not stop the check of an instance for another host", () => {
    const state = manifests({ app: "hosts: [nas]\nport: 0" });
    expect(linesOf(state)).toEqual([
      'desired-state/app.yaml:3:7: "port" must be a whole number from 1 to 65535, not 0',
    ]);
    expect([...state.invalid]).toEqual(["app"]);
  });
});

describe("the key dependsOn of a manifest", () => {
  it("may name manifests and raw Quadlets, and files with errors of their own", () => {
    const state = read({
      "desired-state/app.yaml": "pattern: web\ndependsOn: [db, traefik, bad, stack-key]\n",
      "desired-state/sub/db.yaml": "pattern: web\n",
      "desired-state/traefik.container": "[Container]\nImage=x\n",
      "desired-state/bad.yaml": "pattern: nothing\n",
      "desired-state/stack.yaml": "services: { key: { port: 0 } }\n",
    });
    expect([...state.invalid].sort()).toEqual(["bad", "stack-key"]);
    expect(namesOf(state)).toEqual(["app", "db", "traefik"]);
  });

  it("with an unknown name is an issue with the nearest name", () => {
    const state = manifests({ app: "dependsOn: [postgers]", postgres: "" });
    expect(linesOf(state)).toEqual([
      'desired-state/app.yaml:2:13: there is no instance "postgers" to depend on (did you mean "postgres"?)',
    ]);
    expect([...state.invalid]).toEqual(["app"]);
  });

  it("with an instance of another host is an issue on this host alone", () => {
    const texts = {
      app: "hosts: [htpc]\ndependsOn: [db]",
      db: "hosts: [nas]",
      other: "hosts: [nas]\ndependsOn: [db]",
    };
    expect(linesOf(manifests(texts))).toEqual([
      'desired-state/app.yaml:3:13: "db" does not run on host "htpc", but "app" does and depends on it (give both the same hosts)',
    ]);
    expect(linesOf(manifests(texts, "nas"))).toEqual([]);
  });

  it("in a circle is one issue, and leaves alone the circle but not what depends on it", () => {
    const state = manifests({
      c: "dependsOn: [a]",
      b: "dependsOn: [c]",
      a: "dependsOn: [leaf, b]",
      leaf: "",
      user: "dependsOn: [a]",
    });
    expect(linesOf(state)).toEqual([
      "desired-state/a.yaml:2:19: dependencies form a circle: a -> b -> c -> a (remove one of these dependsOn entries)",
    ]);
    expect([...state.invalid].toSorted()).toEqual(["a", "b", "c"]);
    expect(namesOf(state)).toEqual(["leaf", "user"]);
  });

  it("with the instance itself is a circle too, and two circles are two issues", () => {
    const state = manifests({ a: "dependsOn: [a]", x: "dependsOn: [y]", y: "dependsOn: [x]" });
    expect(linesOf(state)).toEqual([
      'desired-state/a.yaml:2:13: "a" depends on itself (remove one of these dependsOn entries)',
      "desired-state/x.yaml:2:13: dependencies form a circle: x -> y -> x (remove one of these dependsOn entries)",
    ]);
  });
});

describe("the name of an instance", () => {
  it.each(["a", "a1", "my-app", "0", "a".repeat(63)])("may be %s", (name) => {
    expect(namesOf(manifests({ [name]: "" }))).toEqual([name]);
  });

  it.each(["A", "my_app", "-a", "a-", "a.b", "a".repeat(64), "ä"])("may not be %s", (name) => {
    const state = manifests({ [name]: "" });
    expect(state.issues.map(({ code }) => code)).toEqual(["name-invalid"]);
    expect([...state.invalid]).toEqual([name]);
  });

  it("is refused if quadgate reserves it", () => {
    expect(linesOf(manifests({ "sub/networks": "" }))).toEqual([
      'desired-state/sub/networks.yaml: the name "networks" is reserved for desired-state/networks.yaml (rename the file)',
    ]);
  });

  it("must be unique over folders and kinds of files", () => {
    const state = read({
      "desired-state/a/web.yaml": "pattern: web\n",
      "desired-state/b/web.yaml": "pattern: web\n",
      "desired-state/c/web.container": "[Container]\nImage=x\n",
      "desired-state/db.yaml": "pattern: web\n",
      "desired-state/db.container.d/x.conf": "[Container]\nA=1\n",
    });
    expect(linesOf(state)).toEqual([
      'desired-state/b/web.yaml: the instance "web" is already declared in desired-state/a/web.yaml (rename one of the two)',
      'desired-state/c/web.container: the instance "web" is already declared in desired-state/a/web.yaml (rename one of the two)',
      'desired-state/db.container.d/x.conf: the instance "db" is already declared in desired-state/db.yaml (use the manifest\'s quadlet key instead of a drop-in)',
      'desired-state/db.container.d/x.conf: there is no "db.container" in desired-state/ for this drop-in (did you mean "web.container"?)',
    ]);
    expect(state.instances).toEqual([]);
  });
});
