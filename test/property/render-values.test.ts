import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { InstanceSpec } from "../../src/model/instance.ts";
import type { Unit } from "../../src/model/unit.ts";
import { renderUnits } from "../../src/render/index.ts";
import { findGenerator, runGenerator } from "../support/generator.ts";
import { execStart } from "../support/systemd-argv.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "../unit/render/builder.ts";

const generator = findGenerator();
/** Every specifier stands for something else than itself, so that one which was not meant shows. */
const SPECIFIERS: Readonly<Record<string, string>> = Object.fromEntries(
  [..."aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY"].map((letter) => [letter, `<${letter}>`]),
);

const TRICKY = [
  "\n",
  "\r\n",
  "\t",
  " ",
  "  ",
  "%h",
  "%",
  "%%",
  "$HOME",
  "$",
  `$${"{HOME}"}`,
  "$$",
  '"',
  "'",
  "\\",
  "\\n",
  "\\x41",
  "\\q",
  "[",
  "]",
  "[Service]",
  "\n[Service]\nExecStartPre=/bin/false\n",
  "#",
  ";",
  "; rm",
  "-",
  "--privileged",
  "=",
  ":",
  ",",
  "{{ image }}",
  "{% raw %}",
  "é",
  "🦊",
  "\u00a0",
  "\u2003",
  "\u2028",
  "\u0085",
  "\u0001",
  "\u001b[31m",
  "\u007f",
  "\ufeff",
  "٪",
  "a",
  "B",
  "0",
  "x".repeat(10_000),
];
const tricky = fc.array(fc.constantFrom(...TRICKY), { maxLength: 6 }).map((parts) => parts.join(""));
/** Any text: whole code points of all planes, and pieces that unit files, shells and Liquid give a meaning to. */
const anyText = fc.oneof(
  { weight: 4, arbitrary: tricky },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);

/** What no unit file can hold, wherever it stands; systemd and podman both lose it. */
function isImpossible(text: string): boolean {
  const nonCharacter = [...text].some((character) => ((character.codePointAt(0) ?? 0) & 0xfffe) === 0xfffe);
  return nonCharacter || /[\0\u0080\ufdd0-\ufdef]/.test(text) || /\p{Cs}/u.test(text);
}
const possibleText = anyText.filter((text) => !isImpossible(text));

function render(spec: Partial<InstanceSpec>) {
  const desired = withPattern(state([instance("odd", { pattern: "plain", ...spec })]), pattern());
  return renderUnits(desired, CONTEXT);
}

function serviceOf(units: readonly Unit[]): string {
  if (generator === undefined) throw new Error("no generator");
  const run = runGenerator(generator, units);
  expect(run.errors).toEqual([]);
  return run.services.get("odd.service") ?? "";
}

/** Values of a flag in the podman run command, `--flag value` and `--flag=value`. */
function flagValues(argv: readonly string[], flag: string): readonly string[] {
  return argv.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    return word === flag ? [argv[index + 1] ?? ""] : [];
  });
}

const IMAGE = "docker.io/library/alpine:3";
const afterImage = (argv: readonly string[]) => argv.slice(argv.indexOf(IMAGE) + 1);

/** Everything but what carries the tested values: the rest of the service must not change with them. */
function skeleton(service: string): readonly string[] {
  const lines = service.split("\n[X-Container]")[0]?.split("\n") ?? [];
  return lines
    .filter((line) => !/^(ExecStart=|Environment=QUADGATE_|SourcePath=)/.test(line))
    .map((line) => line.trimEnd());
}

function otherWords(argv: readonly string[]): readonly string[] {
  const words: string[] = [];
  const head = argv.slice(0, argv.indexOf(IMAGE) + 1);
  for (let index = 0; index < head.length; index += 1) {
    const word = head[index] ?? "";
    if (["--env", "--label", "--health-cmd", "-v"].includes(word)) index += 1;
    else if (!word.startsWith("--health-cmd=")) words.push(word);
  }
  return words.toSorted();
}

describe.skipIf(generator === undefined)(
  "whatever a value holds, podman gets it and nothing else changes",
  () => {
    const plain = () => serviceOf(render({ environment: { A: "a" }, health: { cmd: "true" } }).units);

    test("environment, labels and command reach podman exactly", () => {
      const baseline = plain();
      fc.assert(
        fc.property(fc.array(possibleText, { minLength: 1, maxLength: 12 }), (values) => {
          const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
          const labels = Object.fromEntries(values.map((value, index) => [`l.${index}`, value]));
          const { units, issues } = render({ environment, labels, command: values, health: { cmd: "true" } });
          expect(issues).toEqual([]);
          const service = serviceOf(units);
          const argv = execStart(service, SPECIFIERS);
          expect(new Set(flagValues(argv, "--env"))).toEqual(
            new Set(values.map((value, index) => `V${index}=${value}`)),
          );
          const found = flagValues(argv, "--label").filter((label) => label.startsWith("l."));
          expect(new Set(found)).toEqual(new Set(values.map((value, index) => `l.${index}=${value}`)));
          expect(afterImage(argv)).toEqual(values);
          expect(otherWords(argv)).toEqual(otherWords(execStart(baseline, SPECIFIERS)));
          expect(skeleton(service)).toEqual(skeleton(baseline));
        }),
        { numRuns: 120 },
      );
    });

    test("names of variables and labels reach podman exactly", () => {
      const name = possibleText.filter((text) => text !== "" && !text.includes("="));
      fc.assert(
        fc.property(name, name, (variable, label) => {
          const { units, issues } = render({ environment: { [variable]: "v" }, labels: { [label]: "v" } });
          if (label.startsWith("io.quadgate.")) return;
          expect(issues).toEqual([]);
          const argv = execStart(serviceOf(units), SPECIFIERS);
          expect(flagValues(argv, "--env")).toEqual([`${variable}=v`]);
          expect(flagValues(argv, "--label")).toContain(`${label}=v`);
        }),
        { numRuns: 60 },
      );
    });

    test("a health command reaches podman exactly", () => {
      const command = possibleText.filter((text) => text !== "" && text.toLowerCase() !== "none");
      fc.assert(
        fc.property(command, (cmd) => {
          const { units, issues } = render({ health: { cmd } });
          expect(issues).toEqual([]);
          expect(flagValues(execStart(serviceOf(units), SPECIFIERS), "--health-cmd")).toEqual([cmd]);
        }),
        { numRuns: 120 },
      );
    });

    test("a mount reaches podman exactly, with its specifiers expanded, or is refused", () => {
      const part = possibleText.filter((text) => !text.includes(":"));
      fc.assert(
        fc.property(part, part, (source, destination) => {
          const { units, issues } = render({ volumes: [`/srv/${source}:/data/${destination}`] });
          if (issues.length > 0) {
            for (const issue of issues) expect(issue.code).toMatch(/^(value-unrepresentable|value-invalid)$/);
            return;
          }
          const meant = source.replace(/%(.)/gu, (_, letter: string) => SPECIFIERS[letter] ?? letter);
          const argv = execStart(serviceOf(units), SPECIFIERS);
          expect(flagValues(argv, "-v")).toEqual([`/srv/${meant}:/data/${destination}`]);
        }),
        { numRuns: 120 },
      );
    });

    test("keys that take one line refuse what they cannot hold and pass on all else", () => {
      fc.assert(
        fc.property(possibleText, (value) => {
          const { units, issues } = render({ publish: [value], devices: [value] });
          if (issues.length > 0) {
            for (const issue of issues) expect(issue.code).toBe("value-unrepresentable");
            return;
          }
          const argv = execStart(serviceOf(units), SPECIFIERS);
          expect(flagValues(argv, "--publish")).toEqual([value]);
          if (!value.startsWith("-")) expect(flagValues(argv, "--device")).toEqual([value]);
        }),
        { numRuns: 200 },
      );
    });
  },
);

test("a value that no unit file can hold is refused where it stands", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("\0", "\ud800", "\ufdd0", "\uffff", "\u{1fffe}", "\u0080"),
      possibleText,
      (bad, text) => {
        const { units, issues, frozen } = render({ environment: { A: text + bad } });
        expect(issues.map((issue) => issue.code)).toEqual(["value-unrepresentable"]);
        expect([...frozen]).toEqual(["odd"]);
        expect(units).toEqual([]);
      },
    ),
  );
});

test("rendering does not depend on the order of instances or of map keys", () => {
  const names = ["a", "b", "c", "d"];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(names, { minLength: 4 }),
      fc.shuffledSubarray(names, { minLength: 4 }),
      (order, keys) => {
        const environment = Object.fromEntries(keys.map((key) => [key, key]));
        const build = (list: readonly string[], env: Record<string, string>) =>
          renderUnits(
            withPattern(
              state(
                list.map((name) => instance(name, { pattern: "plain", environment: env, networks: ["net"] })),
              ),
              pattern(),
            ),
            CONTEXT,
          ).units;
        expect(build(order, environment)).toEqual(build(names, { a: "a", b: "b", c: "c", d: "d" }));
      },
    ),
  );
});
