import { describe, expect, test } from "vitest";
import type { Json, UnitFile } from "../../../src/model/live.ts";
import { driftOf, type RecordedDrift } from "../../support/recorded-drift.ts";
import { differing, fieldsOf, onlyField, type Recorded, recorded, withContainer, withLive } from "./host.ts";

const RICH = "rich.container";
const UNIT_DIR = "/home/homelab/.config/containers/systemd";

type Change = (text: string) => string;

/** What `container.d/tz.conf` makes of the service. */
const another: Change = (text) => text.replaceAll("TZ=Europe/Oslo", "TZ=Mars/Olympus");
const more: Change = (text) => text.replace("--env DOLLAR", "--env-host --env EXTRA=1 --env DOLLAR");

function withFiles(input: RecordedDrift, files: Readonly<Record<string, string>>): RecordedDrift {
  const found = Object.entries(files).map(([name, content]): readonly [string, UnitFile] => [
    name,
    { name, path: `${UNIT_DIR}/${name}`, content, mode: 0o644, symlink: false },
  ]);
  return withLive(input, { files: new Map([...input.live.files, ...found]) });
}

/** systemd has loaded the service with a change. */
function loaded(input: RecordedDrift, change: Change): RecordedDrift {
  const texts = new Map(input.live.generated);
  texts.set("rich.service", change(texts.get("rich.service") ?? ""));
  return withLive(input, { generated: texts });
}

/** Podman's generator says the same of the files that are there. */
function inPlace(input: RecordedDrift, change: Change): RecordedDrift {
  const services = [...input.generated.services].map(
    ([name, row]) => [name, name === "rich.service" ? { ...row, text: change(row.text) } : row] as const,
  );
  return { ...input, inPlace: { ...input.generated, services: new Map(services) } };
}

function madeWith(
  input: RecordedDrift,
  change: (words: readonly string[]) => readonly string[],
): RecordedDrift {
  return withContainer(input, (container: { Config: { CreateCommand: string[]; Env: string[] } }) => {
    container.Config.CreateCommand = [...change(container.Config.CreateCommand)];
    container.Config.Env = [...change(container.Config.Env)];
  });
}

const causes = (input: RecordedDrift) =>
  Object.fromEntries(
    fieldsOf(driftOf(input), RICH)
      .filter(({ status }) => status !== "match")
      .map(({ field, cause }) => [field, cause]),
  );

describe.each(["5.4", "5.8"] as const)(
  "a service changed by other files on the host of podman %s",
  (version: Recorded) => {
    const dropIn = withFiles(recorded(version), {
      "container.d/tz.conf": "[Container]\nEnvironment=TZ=Mars/Olympus\n",
    });

    test("may need a reload, as long as it is unknown what a reload would make", () => {
      expect(onlyField(loaded(dropIn, another))).toMatchObject({ field: "loaded", cause: "not-reloaded" });
    });

    test("is overridden by a named file if a reload would make the same again", () => {
      const field = onlyField(inPlace(loaded(dropIn, another), another));
      expect(field).toMatchObject({ field: "loaded", cause: "override" });
      expect(field.message).toMatch(/^changed by container\.d\/tz\.conf, in .*Service\.ExecStart/);
    });

    test("needs a reload if one would make something else", () => {
      expect(onlyField(inPlace(loaded(dropIn, more), another))).toMatchObject({ cause: "not-reloaded" });
    });

    test("has a container that was made with the change, field by field and flag by flag", () => {
      const both: Change = (text) => more(another(text));
      const made = madeWith(inPlace(loaded(dropIn, both), both), (words) =>
        words.map(another).flatMap((word) => (word === "run" ? ["run", "--env-host"] : [word])),
      );
      expect(causes(made)).toEqual({ loaded: "override", environment: "override", "made-from": "override" });
      const environment = fieldsOf(driftOf(made), RICH).find(({ field }) => field === "environment");
      expect(environment?.message).toBe("changed by container.d/tz.conf on the host");
    });

    test("reports separately whatever else its container was made from", () => {
      const made = madeWith(inPlace(loaded(dropIn, another), another), (words) =>
        words.map((word) => another(word).replace("PCT=50%", "PCT=60%")),
      );
      expect(causes(made)).toEqual({ loaded: "override", environment: "outdated" });
    });
  },
);

describe("the file that changes a unit", () => {
  const said = (files: Readonly<Record<string, string>>) =>
    onlyField(inPlace(loaded(withFiles(recorded("5.4"), files), another), another)).message?.replace(
      /, in .*/,
      "",
    );

  test.each([
    ["for all of the kind", "container.d/a.conf"],
    ["in a folder below", "deep/container.d/a.conf"],
  ])("is a drop-in %s", (_, name) => {
    expect(said({ [name]: "", "network.d/b.conf": "", "poor.container.d/c.conf": "" })).toBe(
      `changed by ${name}`,
    );
  });

  test("is never one that git has, even if its instance was not asked for", () => {
    const files = { "container.d/declared.conf": "", "deep/container.d/foreign.conf": "" };
    const input = inPlace(loaded(withFiles(recorded("5.4"), files), another), another);
    const declared = [...input.units.map(({ name }) => name), "container.d/declared.conf"];
    expect(onlyField({ ...input, declared }).message).toMatch(
      /^changed by deep\/container\.d\/foreign\.conf, in /,
    );
  });

  test("is not named if no file that was read could be the cause", () => {
    expect(said({ "richer.container": "[Container]\nPod=rich.pod\n" })).toBe(
      "changed by other files that Quadlet reads",
    );
  });
});

test("an unchanged host has no drift if a reload is known to change nothing", () => {
  const same: Change = (text) => text;
  expect(differing(inPlace(recorded("5.4"), same))).toEqual([]);
  const { containers } = recorded("5.4").live;
  const updated = withLive(inPlace(recorded("5.4"), same), {
    containers: containers.map((one): Json => ({ ...(one as object), HostConfig: { Memory: 1 } }) as Json),
  });
  expect(causes(updated).memory).toBe("live");
});
