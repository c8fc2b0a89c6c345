/** Orders by code point: equal on every machine, whatever its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `a/b/web.yaml` -> `web.yaml`. */
export const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** `a/b/web.yaml` -> `web`: the name without folders and without the last extension. */
export function stemOf(path: string): string {
  const base = baseOf(path);
  const dot = base.lastIndexOf(".");
  return dot > 0 ? base.slice(0, dot) : base;
}

/** Files below a folder by their path within it, without hidden files. */
export function filesBelow<T>(files: ReadonlyMap<string, T>, folder: string): Map<string, T> {
  const below = [...files].filter(([path]) => path.startsWith(`${folder}/`));
  return new Map(
    below.flatMap(([path, content]) =>
      baseOf(path).startsWith(".") ? [] : [[path.slice(folder.length + 1), content] as const],
    ),
  );
}

/** Whether a path goes through a folder whose name begins with a dot. */
export function isHidden(path: string): boolean {
  return path
    .split("/")
    .slice(0, -1)
    .some((part) => part.startsWith("."));
}
