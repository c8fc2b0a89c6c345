import { type Command as Commander, Option } from "commander";
import type { ManifestRequest } from "../../authoring/draft.ts";
import { pathOf, splitAssignment } from "../../authoring/draft.ts";
import { QuadgateError } from "../../model/errors.ts";
import { type Arguments, textOption } from "../command.ts";

type Path = ManifestRequest["removals"][number];

interface Row {
  readonly flags: string;
  readonly help: string;
  /** The path of the value in the manifest. */
  readonly path: Path;
  /** The option may be given several times; together they replace the present list. */
  readonly list?: true;
}

/** One row for each key that has an option of its own. `--set` reaches every key. */
const ROWS: readonly Row[] = [
  { flags: "--image <reference>", help: "the container image", path: ["image"] },
  { flags: "--hostname <name>", help: "the public name, routed by Traefik", path: ["hostname"] },
  { flags: "--port <number>", help: "the port that the service listens on", path: ["port"] },
  { flags: "--memory <size>", help: "hard limit, such as 512M or 4G", path: ["memory"] },
  {
    flags: "--health-cmd <command>",
    help: "the command that checks whether the service is healthy",
    path: ["health", "cmd"],
  },
  {
    flags: "--network <name>",
    help: "a network; the first gives the default route",
    path: ["networks"],
    list: true,
  },
  { flags: "--volume <mount>", help: "source:destination[:options]", path: ["volumes"], list: true },
  { flags: "--device <device>", help: "a device of the host", path: ["devices"], list: true },
  {
    flags: "--depends-on <instance>",
    help: "an instance that starts first",
    path: ["dependsOn"],
    list: true,
  },
];

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Adds the options for the content of a manifest. */
export function addManifestOptions(command: Commander): Commander {
  command.argument("<name>", "the instance").option("--pattern <name>", "the pattern: quadgate pattern list");
  for (const { flags, help, list } of ROWS) {
    const option = new Option(flags, list ? `${help}; may be given again` : help);
    command.addOption(list ? option.argParser(collect) : option);
  }
  const repeated: readonly (readonly [string, string])[] = [
    ["--env <name=value>", "an environment variable; may be given again"],
    ["--set <path=value>", "any key of the manifest: values.transcoding=true; may be given again"],
    ["--unset <path>", "remove a key; may be given again"],
  ];
  for (const [flags, help] of repeated) command.addOption(new Option(flags, help).argParser(collect));
  return command;
}

/** Turns the options into a request for a manifest. */
export function manifestRequest(args: Arguments): ManifestRequest {
  const rows = ROWS.flatMap(({ flags, path }) => {
    const given = args.options[camelCased(flags)];
    return typeof given === "string" || Array.isArray(given)
      ? [{ path, given: given as string | readonly string[] }]
      : [];
  });
  const environment = listOption(args, "env").map((text) => {
    const { path, given } = assignment(text, "--env NAME=VALUE");
    return { path: ["environment", path.join(".")], given };
  });
  const set = listOption(args, "set").map((text) => assignment(text, "--set PATH=VALUE"));
  return {
    name: args.words[0] ?? "",
    pattern: textOption(args, "pattern"),
    assignments: [...rows, ...environment, ...set],
    removals: listOption(args, "unset").map(pathOf),
  };
}

function camelCased(flags: string): string {
  const long = flags.split(" ")[0]?.slice(2) ?? "";
  return long.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function listOption(args: Arguments, name: string): readonly string[] {
  const given = args.options[name];
  return Array.isArray(given) ? given.map(String) : [];
}

function assignment(text: string, usage: string): { path: Path; given: string } {
  const split = splitAssignment(text);
  if (split !== undefined && split.path.length > 0) return { path: split.path, given: split.text };
  throw new QuadgateError("bad-usage", `"${text}" is not an assignment`, { hint: `write ${usage}` });
}
