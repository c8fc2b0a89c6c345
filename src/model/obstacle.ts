/** What is known about something that is not a small plain file. */
export type ObstacleKind =
  | "folder"
  | "special-file"
  | "large-file"
  | "dangling-link"
  /** Where quadgate follows none. */
  | "link"
  /** The user may not read it. */
  | "forbidden"
  | "unreadable"
  /** A folder whose names cannot be read. */
  | "unreadable-folder";

/** What is at a path where quadgate looks for a small plain file. */
export interface Obstacle {
  readonly kind: ObstacleKind;
  /** For people, to follow "it is": `a folder`. */
  readonly message: string;
}

export const FOLDER: Obstacle = { kind: "folder", message: "a folder" };
export const SPECIAL_FILE: Obstacle = { kind: "special-file", message: "a device, a pipe or a socket" };
export const DANGLING_LINK: Obstacle = { kind: "dangling-link", message: "a broken link" };

/** Among systemd's units a link is an alias, or a unit that somebody keeps elsewhere. */
export const LINK: Obstacle = { kind: "link", message: "a symbolic link" };

export function largeFile(bytes: number): Obstacle {
  return { kind: "large-file", message: `a file of ${bytes} bytes` };
}

/** `code` is the system's, such as EACCES. */
export function unreadable(code: string): Obstacle {
  const kind = code === "EACCES" ? "forbidden" : "unreadable";
  return { kind, message: `something that cannot be read (${code})` };
}

/** `code` is the system's, such as EACCES. */
export function unreadableFolder(code: string): Obstacle {
  return { kind: "unreadable-folder", message: `a folder that cannot be read (${code})` };
}
