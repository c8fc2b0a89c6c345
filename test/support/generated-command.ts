import { expect } from "vitest";
import type { Unit } from "../../src/model/unit.ts";
import { runGenerator } from "./generator.ts";
import { execStart } from "./systemd-argv.ts";

/** Every specifier stands for something else than itself, so that one which was not meant shows. */
export const SPECIFIERS: Readonly<Record<string, string>> = Object.fromEntries(
  [..."aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY"].map((letter) => [letter, `<${letter}>`]),
);

/** What one container's unit comes to. */
export interface GeneratedCommand {
  /** Of the service that podman's generator makes. */
  readonly text: string;
  /** What systemd would run: quotes, escapes, specifiers and variables resolved. */
  readonly argv: readonly string[];
}

/** What the containers among units come to, by service; the generator must refuse none. */
export function generatedCommands(
  generator: string,
  units: readonly Unit[],
): ReadonlyMap<string, GeneratedCommand> {
  const run = runGenerator(generator, units);
  expect(run.errors).toEqual([]);
  const containers = units.filter(({ kind }) => kind === "container");
  return new Map(
    containers.map(({ name }) => {
      const service = name.replace(/\.container$/, ".service");
      const text = run.services.get(service) ?? "";
      return [service, { text, argv: execStart(text, SPECIFIERS) }];
    }),
  );
}

/** Values of a flag in the podman run command, `--flag value` and `--flag=value`. */
export function flagValues(argv: readonly string[], flag: string): readonly string[] {
  return argv.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    return word === flag ? [argv[index + 1] ?? ""] : [];
  });
}

/** A service's lines but for those that carry the command and the place of its source. */
export function otherLines(service: string): readonly string[] {
  const lines = service.split("\n[X-Container]")[0]?.split("\n") ?? [];
  return lines
    .filter((line) => !/^(ExecStart=|Environment=QUADGATE_|SourcePath=)/.test(line))
    .map((line) => line.trimEnd());
}
