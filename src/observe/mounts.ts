/** A mounted file system; proc_pid_mountinfo(5). */
export interface Mount {
  readonly point: string;
  /** Equal for all mounts of one file system, and for all subvolumes of one btrfs. */
  readonly id: string;
  readonly readOnly: boolean;
  /** Whether a remote machine or a program serves it, which may never answer. */
  readonly remote: boolean;
}

const REMOTE = /^(nfs\d?|cifs|smb\w*|9p|ceph|glusterfs|lustre|afs|ncpfs|autofs|fuse\..*|fuse)$/;

/** The mounts in /proc/self/mountinfo, oldest first. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line): Mount[] => {
    const [own = "", rest = ""] = line.split(" - ");
    const [, , device = "", , point = "", options = ""] = own.split(" ");
    const [type = "", source = "", superOptions = ""] = rest.split(" ");
    if (!point.startsWith("/") || type === "") return [];
    return [
      {
        point: unescaped(point),
        id: type === "btrfs" ? source : device,
        readOnly: [...options.split(","), ...superOptions.split(",")].includes("ro"),
        remote: REMOTE.test(type),
      },
    ];
  });
}

/** The mount that a path is on: the deepest one around it, and the latest of several at one place. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.reduce<Mount | undefined>((best, mount) => {
    const isAround = mount.point === "/" || path === mount.point || path.startsWith(`${mount.point}/`);
    return isAround && mount.point.length >= (best?.point.length ?? 0) ? mount : best;
  }, undefined);
}

/** Undoes the escapes of blanks and similar characters (`\040`), here and in fstab(5). */
export function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
