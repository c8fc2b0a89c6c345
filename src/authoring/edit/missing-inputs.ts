import type { Parameter, Pattern } from "../../model/pattern.ts";
import type { Assignment } from "./assignment.ts";
import { KEY_NOTES } from "./key-notes.ts";

/** Something that the pattern requires and the manifest lacks. */
export interface MissingInput {
  readonly path: Assignment["path"];
  /** Its meaning, in a few words. */
  readonly question: string;
  readonly example: string | undefined;
  /** The option that gives it on the command line. */
  readonly option: string;
}

/** What a pattern requires and is not given: keys first, then parameters. */
export function missingInputs(
  pattern: Pattern,
  given: Readonly<Record<string, unknown>>,
): readonly MissingInput[] {
  const image = pattern.defaults.image === undefined && pattern.units.some(isMain) ? ["image"] : [];
  const keys = [...new Set([...pattern.required, ...image])].filter((key) => given[key] === undefined);
  const values = typeof given.values === "object" && given.values !== null ? given.values : {};
  const parameters = Object.entries(pattern.parameters).filter(
    ([name, parameter]) => parameter.required && !Object.hasOwn(values, name),
  );
  return [...keys.map((key) => missingKey(key, pattern)), ...parameters.map(missingParameter)];
}

const isMain = ({ component, kind }: Pattern["units"][number]) => component === "" && kind === "container";

const OPTIONS: Readonly<Record<string, string>> = {
  image: "--image",
  hostname: "--hostname",
  port: "--port",
  memory: "--memory",
  dependsOn: "--depends-on",
};

function missingKey(key: string, pattern: Pattern): MissingInput {
  const service = pattern.exampleServices[0];
  const examples: Readonly<Record<string, string | undefined>> = {
    image: service?.image,
    port: service?.port === undefined ? undefined : String(service.port),
    hostname: "jellyfin.example.org",
  };
  const option = OPTIONS[key];
  return {
    path: [key],
    question: KEY_NOTES[key] || key,
    example: examples[key],
    option: option === undefined ? `--set ${key}=...` : `${option} ...`,
  };
}

function missingParameter([name, parameter]: readonly [string, Parameter]): MissingInput {
  const example = parameter.example ?? parameter.values?.[0];
  return {
    path: ["values", name],
    question: parameter.description,
    example: example === undefined ? undefined : String(example),
    option: `--set values.${name}=...`,
  };
}
