/** Whether a path is a folder, or below it. Both are normalized; `.` is the folder of relative paths. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "." || path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
