import { dirname, join } from "node:path";
import { QuadgateError } from "../../model/errors.ts";
import type { Session } from "../command.ts";

/**
 * The folder of a checkout that holds desired-state/: the repository that the settings name, where it is a checkout
 * on this machine, else the one around the working folder. Undefined where there is none.
 */
export async function findCheckout(session: Session): Promise<string | undefined> {
  const { settings, host, io } = session;
  const { repository, path } = settings;
  if (repository?.startsWith("/") && (await host.files.stat(join(repository, ".git"))))
    return join(repository, path);
  for (let folder = io.workingFolder; ; folder = dirname(folder)) {
    if (await host.files.stat(join(folder, "desired-state"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The same, for who cannot do without. */
export async function requireCheckout(session: Session): Promise<string> {
  const folder = await findCheckout(session);
  if (folder !== undefined) return folder;
  throw new QuadgateError("bad-usage", "there is no checkout to write a manifest to", {
    hint: "run this in a clone of the repository, or use `quadgate deploy`, which commits by itself",
  });
}
