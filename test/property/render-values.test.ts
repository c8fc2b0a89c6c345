import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InstanceSpec } from "../../src/model/instance.ts";
import type { Issue } from "../../src/model/issue.ts";
import { renderUnits } from "../../src/render/index.ts";
import { describeGenerators } from "../support/describe-generators.ts";
import {
  flagValues,
  type GeneratedCommand,
  generatedCommands,
  otherLines,
  SPECIFIERS,
} from "../support/generated-command.ts";
import { possibleText } from "../support/odd-text.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "../unit/render/builder.ts";

type Spec = Partial<InstanceSpec>;

/** Instances that a run renders together: starting the generator is what takes the time. */
const TOGETHER = { minLength: 1, maxLength: 20 };

function render(specs: readonly Spec[]) {
  const instances = specs.map((spec, index) => instance(`odd-${index}`, { pattern: "plain", ...spec }));
  return renderUnits(withPattern(state(instances), pattern()), CONTEXT);
}

interface Result {
  readonly issues: readonly Issue[];
  /** Undefined for what was refused. */
  readonly command: GeneratedCommand | undefined;
}

/** What each of the specs comes to: a command, or issues. */
function outcomes(generator: string, specs: readonly Spec[]): readonly Result[] {
  const { units, issues, invalid } = render(specs);
  const commands = generatedCommands(generator, units);
  return specs.map((_, index) => {
    const name = `odd-${index}`;
    const command = commands.get(`${name}.service`);
    expect(command === undefined).toBe(invalid.has(name));
    return { issues: issues.filter((issue) => issue.instance === name), command };
  });
}

/** The same where no spec may be refused. */
function commandsFor(generator: string, specs: readonly Spec[]): readonly GeneratedCommand[] {
  return outcomes(generator, specs).map(({ command, issues }) => {
    expect(issues).toEqual([]);
    return command ?? { text: "", argv: [] };
  });
}

const IMAGE = "docker.io/library/alpine:3";
const afterImage = (argv: readonly string[]) => argv.slice(argv.indexOf(IMAGE) + 1);

/** The command but for the instance's name and what carries the tested values: it must not change with them. */
function otherWords({ argv }: GeneratedCommand): readonly string[] {
  const words: string[] = [];
  const head = argv.slice(0, argv.indexOf(IMAGE) + 1);
  for (let index = 0; index < head.length; index += 1) {
    const word = head[index] ?? "";
    if (["--env", "--label", "--health-cmd", "-v", "--name"].includes(word)) index += 1;
    else if (!word.startsWith("--health-cmd=")) words.push(word);
  }
  return words.toSorted();
}

const otherSettings = ({ text }: GeneratedCommand) =>
  otherLines(text).map((line) => line.replace(/\bodd-\d+\b/, "odd"));

describeGenerators("podman receives any value, and nothing else changes:", (generator) => {
  test("environment, labels and command reach podman exactly", () => {
    const [plain] = commandsFor(generator, [{ environment: { A: "a" }, health: { cmd: "true" } }]);
    if (plain === undefined) throw new Error("nothing was rendered");
    const list = fc.array(possibleText, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 8 }), (lists) => {
        const specs = lists.map((values) => ({
          environment: Object.fromEntries(values.map((value, index) => [`V${index}`, value])),
          labels: Object.fromEntries(values.map((value, index) => [`l.${index}`, value])),
          command: values,
          health: { cmd: "true" },
        }));
        for (const [at, command] of commandsFor(generator, specs).entries()) {
          const values = lists[at] ?? [];
          const numbered = (prefix: string) => new Set(values.map((value, n) => `${prefix}${n}=${value}`));
          const labels = flagValues(command.argv, "--label").filter((label) => label.startsWith("l."));
          expect(new Set(flagValues(command.argv, "--env"))).toEqual(numbered("V"));
          expect(new Set(labels)).toEqual(numbered("l."));
          expect(afterImage(command.argv)).toEqual(values);
          expect(otherWords(command)).toEqual(otherWords(plain));
          expect(otherSettings(command)).toEqual(otherSettings(plain));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("names of variables and labels reach podman exactly", () => {
    const name = possibleText.filter(
      (text) => text !== "" && !text.includes("=") && !text.startsWith("io.quadgate."),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), TOGETHER), (pairs) => {
        const specs = pairs.map(([variable, label]) => ({
          environment: { [variable]: "v" },
          labels: { [label]: "v" },
        }));
        for (const [at, { argv }] of commandsFor(generator, specs).entries()) {
          const [variable, label] = pairs[at] ?? [];
          expect(flagValues(argv, "--env")).toEqual([`${variable}=v`]);
          expect(flagValues(argv, "--label")).toContain(`${label}=v`);
        }
      }),
      { numRuns: 10 },
    );
  });

  test("a health command reaches podman exactly", () => {
    const command = possibleText.filter((text) => text !== "" && text.toLowerCase() !== "none");
    fc.assert(
      fc.property(fc.array(command, TOGETHER), (list) => {
        const commands = commandsFor(
          generator,
          list.map((cmd) => ({ health: { cmd } })),
        );
        expect(commands.map(({ argv }) => flagValues(argv, "--health-cmd"))).toEqual(
          list.map((cmd) => [cmd]),
        );
      }),
      { numRuns: 20 },
    );
  });

  test("a mount reaches podman exactly, with its specifiers expanded, or is refused", () => {
    const part = possibleText.filter((text) => !text.includes(":"));
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), TOGETHER), (list) => {
        const specs = list.map(([source, destination]) => ({
          volumes: [`/srv/${source}:/data/${destination}`],
        }));
        for (const [at, { command, issues }] of outcomes(generator, specs).entries()) {
          const [source = "", destination] = list[at] ?? [];
          for (const { code } of issues) expect(code).toMatch(/^(value-unrepresentable|value-invalid)$/);
          if (command === undefined) continue;
          const meant = source.replace(/%(.)/gu, (_, letter: string) => SPECIFIERS[letter] ?? letter);
          expect(flagValues(command.argv, "-v")).toEqual([`/srv/${meant}:/data/${destination}`]);
        }
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ["publish", "--publish", possibleText],
    // A `-` before a device says that it may be missing; the generator looks for it.
    ["devices", "--device", possibleText.filter((text) => !text.startsWith("-"))],
  ] as const)(
    "%s takes one line: it refuses what it cannot hold and passes on everything else",
    (key, flag, text) => {
      fc.assert(
        fc.property(fc.array(text, TOGETHER), (list) => {
          const found = outcomes(
            generator,
            list.map((value) => ({ [key]: [value] })),
          );
          for (const [at, { command, issues }] of found.entries()) {
            for (const { code } of issues) expect(code).toBe("value-unrepresentable");
            if (command !== undefined) expect(flagValues(command.argv, flag)).toEqual([list[at]]);
          }
        }),
        { numRuns: 20 },
      );
    },
  );
});

describe("without a generator", () => {
  test("a value that no unit file can hold is refused at its place", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("\0", "\ud800", "\ufdd0", "\uffff", "\u{1fffe}", "\u0080"),
        possibleText,
        (bad, text) => {
          const { units, issues, invalid } = render([{ environment: { A: text + bad } }]);
          expect(issues.map((issue) => issue.code)).toEqual(["value-unrepresentable"]);
          expect([...invalid]).toEqual(["odd-0"]);
          expect(units).toEqual([]);
        },
      ),
    );
  });

  test("rendering does not depend on the order of instances or of map keys", () => {
    const names = ["a", "b", "c", "d"];
    const order = () => fc.shuffledSubarray(names, { minLength: names.length });
    const build = (list: readonly string[], environment: Readonly<Record<string, string>>) => {
      const instances = list.map((name) =>
        instance(name, { pattern: "plain", environment, networks: ["net"] }),
      );
      return renderUnits(withPattern(state(instances), pattern()), CONTEXT).units;
    };
    const expected = build(names, { a: "a", b: "b", c: "c", d: "d" });
    fc.assert(
      fc.property(order(), order(), (instances, keys) => {
        const environment = Object.fromEntries(keys.map((key) => [key, key]));
        expect(build(instances, environment)).toEqual(expected);
      }),
    );
  });
});
