/** Expands `~` and `~/x` to paths of the home folder; leaves every other path unchanged. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}
