import { dirname, join } from "node:path";
import { QuadgateError } from "../../model/errors.ts";
import type { Session } from "../command.ts";

/**
 * The folder with desired-state/ in the repository of the settings, if that is a checkout on this machine.
 */
export async function checkoutOfSettings({ settings, host }: Session): Promise<string | undefined> {
  const { repository, path } = settings;
  if (!repository?.startsWith("/") || !(await host.files.stat(join(repository, ".git")))) return undefined;
  return join(repository, path);
}

/** The closest folder with desired-state/: the working folder or one above it. */
export function checkoutAround(session: Session): Promise<string | undefined> {
  return folderAround(session, "desired-state");
}

async function folderAround({ host, io }: Session, name: string): Promise<string | undefined> {
  for (let folder = io.workingFolder; ; folder = dirname(folder)) {
    if (await host.files.stat(join(folder, name))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The checkout that manifests are written to; undefined if there is none. */
export async function findCheckout(session: Session): Promise<string | undefined> {
  return (await checkoutOfSettings(session)) ?? checkoutAround(session);
}

/**
 * The checkout that manifests are written to. A clone without desired-state/ counts, too, so that a new
 * repository can begin there. Throws `bad-usage` if there is no clone either.
 */
export async function requireCheckout(session: Session): Promise<string> {
  const folder = (await findCheckout(session)) ?? (await folderAround(session, ".git"));
  if (folder !== undefined) return folder;
  throw new QuadgateError("bad-usage", "there is no checkout to write a manifest to", {
    hint: "run this in a clone of the repository, or use `quadgate deploy`, which commits by itself",
  });
}
