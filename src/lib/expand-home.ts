/** `~` and `~/x` as paths of the home folder; every other path as it is. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}
