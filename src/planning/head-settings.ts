import { readRepositorySettings } from "../manifest/index.ts";
import { QuadgateError } from "../model/errors.ts";
import { mergeSettings, type Settings } from "../model/settings-schema.ts";
import { mergeWithRepository } from "../model/strictest.ts";
import { readWithoutFetching } from "../source/index.ts";
import type { Context } from "./context.ts";

/**
 * The settings that a sync of the branch's head, as last fetched, uses: the host's own over the repository's.
 * If no commit can be read, only the host's own. Fetches and writes nothing.
 */
export async function settingsAtHead({ host, layers }: Context): Promise<Settings> {
  const own = mergeSettings(layers);
  try {
    const tree = await readWithoutFetching(host, own);
    return mergeWithRepository(readRepositorySettings(tree, layers).settings, layers);
  } catch (error) {
    if (error instanceof QuadgateError) return own;
    throw error;
  }
}
