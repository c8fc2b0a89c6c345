import { describe, expect, test } from "vitest";
import { type ImageNeed, needKey } from "../../../src/model/image-need.ts";
import type { Json, ServiceState } from "../../../src/model/live.ts";
import type { Action, Change } from "../../../src/model/plan.ts";
import { parseGenerated } from "../../../src/quadlet/generated.ts";
import { imageNeeds } from "../../../src/quadlet/image-needs.ts";
import { FACTS } from "../../support/health-host.ts";
import { generated, liveWith, unitOf } from "../../support/plan-input.ts";

const APP = "docker.io/library/app:1";
const local = (...Names: readonly string[]): Json => ({ Id: Names.join(), Names });
const started = (line: string, more = "") => `${more}[Service]\nExecStart=/usr/bin/podman ${line}\n`;
const change = (service: string, action: Action = "update"): Change => ({
  instance: service.split(/[.-]/)[0] ?? "",
  unit: service.replace(/\.service$/, ".container"),
  service,
  action,
  reasons: [],
  diff: [],
  digest: "d",
});

interface Scene {
  readonly images?: readonly Json[];
  readonly active?: readonly string[];
  readonly yaml?: string;
}

/** What is needed to start all the services of these texts that are named as changed; default: the first. */
function needsOf(
  texts: Readonly<Record<string, string>>,
  { images = [], active = [], yaml }: Scene = {},
  changed = Object.keys(texts).slice(0, 1),
): readonly ImageNeed[] {
  const live = { ...liveWith([]), images };
  const services = new Map(active.map((name) => [name, { name, activeState: "active" } as ServiceState]));
  return imageNeeds({
    changes: changed.map((service) => change(service)),
    units: yaml === undefined ? [] : [{ ...unitOf("/app.yaml", yaml), kind: "file" }],
    generated: generated(texts),
    live: { ...live, services },
    facts: FACTS,
  });
}

/** What is needed for one container with this command. */
const runs = (line: string, scene?: Scene, more?: string) =>
  needsOf({ "app.service": started(line, more) }, scene);
const commandOf = (needs: readonly ImageNeed[]) => needs.map(({ words }) => words.join(" "));

describe("the images that a plan needs", () => {
  test("are pulled as the service would, with its login, platform, TLS and number of attempts", () => {
    const flags =
      "--authfile /a.json --arch arm64 --tls-verify=false --retry 5 --retry-delay 2s --env A=1 --name app";
    expect(runs(`--module=/m.conf run ${flags} ${APP} serve --arch x`)).toEqual([
      {
        image: APP,
        how: "pull",
        words: [
          ...["--module=/m.conf", "image", "pull", "--arch=arm64", "--authfile=/a.json"],
          ...["--retry=5", "--retry-delay=2s", "--tls-verify=false", "--", APP],
        ],
        variables: {},
        optional: false,
        unless: [],
        instances: ["app"],
      },
    ]);
  });

  test.each([
    ["run", [], ["pull"]],
    ["run", [local(APP)], []],
    ["run --pull=missing", [local(APP)], []],
    ["run --pull newer", [local(APP)], ["pull, or what is here"]],
    ["run --pull newer", [], ["pull"]],
    ["run --pull=always", [local(APP)], ["pull"]],
    ["run --pull=never", [local(APP)], []],
    ["run --pull=never", [], ["none"]],
    ["image pull", [local(APP)], ["pull"]],
    ["image pull --policy missing", [local(APP)], []],
    ["image pull --policy=never", [], ["none"]],
    ["run --rootfs", [], []],
    ["network create", [], []],
  ])("for `%s` with the images %j are %j", (line, images, expected) => {
    const found = runs(`${line} ${APP}`, { images });
    expect(found.map(({ how, optional }) => (optional ? `${how}, or what is here` : how))).toEqual(expected);
  });

  test.each([
    ["run --pull=newer", []],
    ["run --pull=always", ["pull"]],
    ["image pull", ["pull"]],
  ])("for `%s` of an image that was built here and is here are %j", (line, expected) => {
    const found = runs(`${line} localhost/app`, { images: [local("localhost/app:latest")] });
    expect(found.map(({ how }) => how)).toEqual(expected);
    expect(runs(`${line} localhost/app`).map(({ how }) => how)).toEqual(["pull"]);
    const registry = runs(`${line} localhost:5000/app`, { images: [local("localhost:5000/app:latest")] });
    expect(registry.map(({ how }) => how)).toEqual(["pull"]);
  });

  test.each([
    ["docker-archive:/app.tar", 1],
    ["containers-storage:localhost/app", 0],
    [`app@sha256:${"a".repeat(64)}`, 1],
    [`\${IMAGE}`, 0],
  ])("for %s are %i, whatever is here", (image, count) => {
    expect(runs(`run ${image}`, { images: [local(image)] }).length).toBe(
      image.startsWith("app@") ? 0 : count,
    );
    expect(runs(`run ${image}`).length).toBe(count);
  });

  test("keep a login out of the arguments, and leave a passphrase to podman", () => {
    const [need] = runs(`image pull --creds ada:lovelace ${APP}`);
    expect(need?.login).toBe("ada:lovelace");
    expect(need?.words.join(" ")).not.toContain("lovelace");
    expect(runs(`image pull --decryption-key /key:secret ${APP}`)).toEqual([]);
    expect(runs(`build --creds ada:lovelace --tag ${APP} .`)).toEqual([]);
  });

  test("come with the service's own variables, but not with those that only label", () => {
    const more = "[Service]\nEnvironment=PODMAN_SYSTEMD_UNIT=%n HTTPS_PROXY=http://proxy:3128\n";
    expect(runs(`run ${APP}`, {}, more)[0]?.variables).toEqual({ HTTPS_PROXY: "http://proxy:3128" });
  });

  test("are those of what a plan starts alone", () => {
    const texts = { "app.service": started(`run ${APP}`) };
    const input = { units: [], generated: generated(texts), live: liveWith([]), facts: FACTS };
    const count = (action: Action) =>
      imageNeeds({ ...input, changes: [change("app.service", action)] }).length;
    expect(["create", "update", "restart", "delete", "none"].map((one) => count(one as Action))).toEqual([
      1, 1, 1, 0, 0,
    ]);
  });

  test("name every instance that needs the same one, once", () => {
    const both = { "app.service": started(`run ${APP}`), "web.service": started(`run --name w ${APP}`) };
    expect(needsOf(both, {}, ["app.service", "web.service"]).map(({ instances }) => instances)).toEqual([
      ["app", "web"],
    ]);
  });
});

describe("an image that another unit brings", () => {
  const texts = {
    "app.service": started(`run ${APP}`, "[Unit]\nRequires=img.service\n"),
    "img.service": started(`image pull --authfile /a.json ${APP}`),
  };

  test("is brought by that unit's command if its service is down, for the instance that needs it", () => {
    const needs = needsOf(texts);
    expect(commandOf(needs)).toEqual([`image pull --authfile=/a.json -- ${APP}`]);
    expect(needs[0]?.instances).toEqual(["app"]);
  });

  test("is brought by that unit's command if its service is up and starts anew, for both instances", () => {
    const needs = needsOf(texts, { active: ["img.service"] }, ["app.service", "img.service"]);
    expect(commandOf(needs)).toEqual([`image pull --authfile=/a.json -- ${APP}`]);
    expect(needs[0]?.instances).toEqual(["app", "img"]);
  });

  test("is not pulled again if its service is up, and by the container's own command if it is gone", () => {
    expect(needsOf(texts, { active: ["img.service"], images: [local(APP)] })).toEqual([]);
    expect(commandOf(needsOf(texts, { active: ["img.service"] }))).toEqual([`image pull -- ${APP}`]);
  });

  test("may have a name that only its unit knows", () => {
    const archive = {
      "app.service": started("run localhost/app:1", "[Unit]\nRequires=img.service\n"),
      "img.service": started("image pull docker-archive:/a.tar", "[X-Image]\nImageTag=localhost/app:1\n"),
    };
    expect(commandOf(needsOf(archive))).toEqual(["image pull -- docker-archive:/a.tar"]);
  });

  test("is built in the folder of its service, also if only the container changes", () => {
    const built = {
      "app.service": started("run --pull never localhost/app:1", "[Unit]\nRequires=img.service\n"),
      "img.service": started(
        "build --tag localhost/app:1 --file /c/Containerfile .",
        "[Service]\nWorkingDirectory=%h/c\n",
      ),
    };
    expect(needsOf(built)).toEqual([
      expect.objectContaining({
        image: "localhost/app:1",
        how: "build",
        words: ["build", "--tag", "localhost/app:1", "--file", "/c/Containerfile", "."],
        folder: `${FACTS.home}/c`,
      }),
    ]);
  });
});

describe("the images of YAML", () => {
  const yaml = (...lines: readonly string[]) =>
    `kind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n${lines.map((line) => `  - { name: c, ${line} }\n`).join("")}`;
  const plays = (text: string, images: readonly Json[] = [], flags = "") =>
    needsOf(
      {
        "app.service": started(`kube play ${flags} /app.yaml`, "[Service]\nWorkingDirectory=/srv\n"),
      },
      { yaml: text, images },
    );

  test.each([
    ["IfNotPresent", "q.io/a:1", 0],
    ["Always", "q.io/a:1", 1],
    ["Never", "q.io/a:1", 0],
    ["", "q.io/a:1", 0],
    ["", "q.io/a:latest", 1],
    ["", "q.io/a", 1],
    ["", "a", 0],
    ["", "localhost/a:latest", 0],
    ["Always", "localhost/a:latest", 1],
  ])("with the policy %j, of %s that is here, are %i", (policy, image, count) => {
    const line = policy === "" ? `image: "${image}"` : `image: "${image}", imagePullPolicy: ${policy}`;
    expect(plays(yaml(line), [local(image, `${image}:latest`)]).length).toBe(count);
  });

  test("are all, also those that only prepare the pod, with the flags of the unit", () => {
    const text = `${yaml("image: q.io/a:1")}  initContainers:\n  - { name: i, image: q.io/i:1 }\n`;
    expect(commandOf(plays(text, [], "--tls-verify=false --replace"))).toEqual([
      "image pull --tls-verify=false -- q.io/i:1",
      "image pull --tls-verify=false -- q.io/a:1",
    ]);
  });

  test("may be built by podman instead, if their folder is there", () => {
    const [need] = plays(yaml("image: q.io/x/a:1"));
    expect(need?.unless).toEqual(["/srv/a/Containerfile", "/srv/a/Dockerfile"]);
    expect(plays(yaml("image: q.io/x/a:1"), [], "--build=false")[0]?.unless).toEqual([]);
  });

  test("are none if the Containerfile of that folder comes from git", () => {
    const text = yaml("image: q.io/x/a:1");
    const units = [
      { ...unitOf("/app.yaml", text), kind: "file" as const },
      { ...unitOf("/srv/a/Containerfile"), kind: "file" as const },
    ];
    const texts = { "app.service": started("kube play /app.yaml", "[Service]\nWorkingDirectory=/srv\n") };
    const input = { changes: [change("app.service")], live: liveWith([]), facts: FACTS };
    expect(imageNeeds({ ...input, units, generated: generated(texts) })).toEqual([]);
  });
});

describe("a build from files beside its unit", () => {
  const { unitDir } = FACTS;
  const file = (path: string, mode = "100644") => ({
    ...unitOf(`${unitDir}/${path}`, `text of ${path}`),
    kind: "file" as const,
    instance: "app",
    mode,
  });
  const units = [
    unitOf("app.build", "[Build]\nSetWorkingDirectory=./ctx\n"),
    file("ctx/Containerfile"),
    file("ctx/run.sh", "100755"),
    file("other.env"),
  ];
  const built = started(`build --tag x ${unitDir}/ctx`);
  const service = { service: "app-build.service", unit: "app.build", text: built };
  const made = parseGenerated(
    { folder: "/scratch", services: new Map([[service.service, service]]), messages: [] },
    FACTS,
  );
  const needs = (changed: string) =>
    imageNeeds({
      changes: [
        { ...change("app-build.service", "restart"), unit: "app.build" },
        { ...change(changed), unit: changed, service: null },
      ],
      units,
      generated: made,
      live: liveWith([]),
      facts: FACTS,
    });

  test("is made from git's files while the host still has the old ones", () => {
    const staged = {
      folder: unitDir,
      files: [
        { path: "ctx/Containerfile", content: "text of ctx/Containerfile", mode: 0o644 },
        { path: "ctx/run.sh", content: "text of ctx/run.sh", mode: 0o755 },
      ],
    };
    expect(needs(`${unitDir}/ctx/gone`)).toEqual([expect.objectContaining({ how: "build", staged })]);
  });

  test("is made where it is if none of its files changes", () => {
    const [need] = needs(`${unitDir}/other.env`);
    expect(need).toMatchObject({ how: "build" });
    expect(need).not.toHaveProperty("staged");
  });

  test("is another need with other files, so that one that failed is tried again", () => {
    const [need] = needs(`${unitDir}/ctx/run.sh`);
    if (need?.staged === undefined) throw new Error("no files are staged");
    const other = { ...need, staged: { ...need.staged, files: need.staged.files.slice(1) } };
    expect(needKey(other)).not.toBe(needKey(need));
  });
});
