import { dotted, type Path, type YamlText } from "./yaml.ts";

/** What is below a path, as if it were its own file. The path must exist. */
export function partOf(yaml: YamlText, path: Path): YamlText {
  const prefix = dotted(path);
  const part = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map(
      [...map].flatMap(([at, value]) => {
        if (at === prefix) return [["", value] as const];
        return at.startsWith(`${prefix}.`) ? [[at.slice(prefix.length + 1), value] as const] : [];
      }),
    );
  const data = path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown>)[step],
    yaml.data,
  );
  return { ...yaml, data, places: part(yaml.places), keys: part(yaml.keys), texts: part(yaml.texts) };
}
