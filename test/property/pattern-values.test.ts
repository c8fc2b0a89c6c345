import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readDesiredState } from "../../src/manifest/index.ts";
import type { Parameter, PatternExample } from "../../src/model/pattern.ts";
import type { Unit } from "../../src/model/unit.ts";
import { parsePodman } from "../../src/quadlet/argv/podman-call.ts";
import { renderUnits } from "../../src/render/index.ts";
import { describeGenerators } from "../support/describe-generators.ts";
import {
  type GeneratedCommand,
  generatedCommands,
  otherLines,
  SPECIFIERS,
} from "../support/generated-command.ts";
import { manifestsOf, REFUSALS, valuesOf } from "../support/pattern-values.ts";
import { expandSpecifiers } from "../support/systemd-argv.ts";
import { CONTEXT, SHIPPED, state } from "../unit/render/builder.ts";

type Values = Readonly<Record<string, unknown>>;

/** Each set of values makes an instance `i0`, `i1`, ... of the example. */
function render(example: PatternExample, sets: readonly Values[]) {
  const tree = { revision: null, files: manifestsOf(example, sets) };
  const desired = readDesiredState(tree, SHIPPED, { host: "test" });
  expect(desired.issues).toEqual([]);
  return renderUnits(desired, CONTEXT);
}

const MARKERS = ["markerhere", "/dev/marker-here", "marker@here", "v73515.73516.73517", "73515:73516"];

/** A valid value that stands nowhere else, so that one sees where it goes; two instances may not share a folder. */
function markerFor({ type, match }: Parameter, index: number): string | undefined {
  if (type === "path") return `/srv/marker-of-instance-${index}-end`;
  return MARKERS.find((marker) => match === undefined || new RegExp(`^(?:${match})$`).test(marker));
}

/** Parameters whose text goes into units as it is. */
const FREE: readonly Parameter["type"][] = ["string", "path", "secret"];
/** Those that a pattern also makes something else of: names of packages, words. */
const DERIVED = new Set(["document-management ocrLanguage", "reverse-proxy flags"]);

interface Case {
  readonly title: string;
  readonly example: PatternExample;
  /** Parameters that the example can have with any value. */
  readonly free: readonly (readonly [string, Parameter])[];
}

const cases: readonly Case[] = [...state([]).patterns.values()].flatMap(({ name, parameters, examples }) =>
  examples.flatMap((example) => {
    const free = Object.entries(parameters).filter(([key, parameter]) => {
      const isFree = FREE.includes(parameter.type) && !DERIVED.has(`${name} ${key}`);
      const marker = isFree ? markerFor(parameter, 0) : undefined;
      return marker !== undefined && render(example, [{ [key]: marker }]).issues.length === 0;
    });
    return free.length === 0 ? [] : [{ title: `${name} as ${example.name}`, example, free }];
  }),
);

/** A value that is tried in the place of a marker. */
interface Trial {
  readonly name: string;
  readonly parameter: Parameter;
  readonly marker: string;
  readonly value: string;
}

const swap = (text: string, { marker, value }: Trial) => text.split(marker).join(value);

/** What a value means where it stands: a mount's source has specifiers, and `~` for the home folder. */
function meaning(trial: Trial, flag: string | undefined): Trial {
  if (trial.parameter.type !== "path" || flag !== "-v") return trial;
  return { ...trial, value: expandSpecifiers(trial.value.replace(/^~(?=\/|$)/, "%h"), SPECIFIERS) };
}

/** A podman command by flags, whose order podman changes from run to run, with what is a digest of the whole left out. */
function comparable(argv: readonly string[]) {
  const call = parsePodman(argv);
  const flags = [...(call?.flags ?? [])].map(
    ([flag, values]) =>
      [flag, values.map((value) => value.replace(/digest=\S+$/, "digest")).toSorted()] as const,
  );
  return { subcommand: call?.subcommand, flags: new Map(flags), rest: call?.rest };
}

function expectSameCommand(was: GeneratedCommand, is: GeneratedCommand | undefined, trial: Trial): void {
  const expected = was.argv.map((word, at) =>
    word.includes(trial.marker) ? swap(word, meaning(trial, was.argv[at - 1])) : word,
  );
  expect(comparable(is?.argv ?? [])).toEqual(comparable(expected));
  const [before, after] = [was.text, is?.text ?? ""].map((text) =>
    // Quadlet adds one for a mount whose source begins with a slash.
    otherLines(text).filter((line) => !line.startsWith("RequiresMountsFor=")),
  );
  const unmarked = before?.map((line) => !line.includes(trial.marker)) ?? [];
  expect(after?.length).toBe(before?.length);
  expect(after?.filter((_, at) => unmarked[at])).toEqual(before?.filter((_, at) => unmarked[at]));
}

/** Quadlets without a command, and files of other programs. */
function expectSameFile(was: Unit, is: Unit | undefined, trial: Trial): void {
  if (was.name.endsWith(".yml")) {
    const json = JSON.stringify(parse(was.content));
    const escaped = { ...trial, value: JSON.stringify(trial.value).slice(1, -1) };
    expect(parse(is?.content ?? "")).toEqual(JSON.parse(swap(json, escaped)));
  } else {
    expect(is?.content).toBe(swap(was.content, trial));
  }
}

/** Renders the trials' markers and then their values, an instance each, and holds all that comes of it side by side. */
function expectOwnChangesOnly(generator: string, example: PatternExample, trials: readonly Trial[]): void {
  const [plain, tried] = (["marker", "value"] as const).map((what) =>
    render(
      example,
      trials.map((trial) => ({ [trial.name]: trial[what] })),
    ),
  );
  if (plain === undefined || tried === undefined) throw new Error("nothing was rendered");
  expect(plain.issues).toEqual([]);
  expect(tried.issues.filter(({ code }) => !REFUSALS.includes(code))).toEqual([]);
  const before = generatedCommands(generator, plain.units);
  const after = generatedCommands(generator, tried.units);
  for (const [index, trial] of trials.entries()) {
    if (tried.invalid.has(`i${index}`)) continue;
    const own = (units: readonly Unit[]) => units.filter(({ instance }) => instance === `i${index}`);
    const now = own(tried.units);
    expect(now.map(({ name }) => name)).toEqual(own(plain.units).map(({ name }) => name));
    for (const [at, unit] of own(plain.units).entries()) {
      const service = unit.name.replace(/\.container$/, ".service");
      const command = before.get(service);
      if (command === undefined) expectSameFile(unit, now[at], trial);
      else expectSameCommand(command, after.get(service), trial);
    }
  }
}

describeGenerators("a parameter of a pattern", (generator) => {
  test.each(cases)("changes nothing but its own value, whatever that is: $title", ({ example, free }) => {
    const choice = fc
      .constantFrom(...free)
      .chain(([name, parameter]) =>
        valuesOf(parameter).map((value) => ({ name, parameter, value: String(value) })),
      );
    fc.assert(
      fc.property(fc.array(choice, { minLength: 1, maxLength: 10 }), (chosen) => {
        const trials = chosen.map((one, index) => ({
          ...one,
          marker: markerFor(one.parameter, index) ?? "",
        }));
        expectOwnChangesOnly(generator, example, trials);
      }),
      { numRuns: 5 },
    );
  });
});
