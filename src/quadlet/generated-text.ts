import type { HostFacts } from "../model/host.ts";
import type { Generated, GeneratedService } from "../model/live.ts";
import { parseUnitText, type UnitText } from "./argv/unit-text.ts";
import { remember } from "./memo.ts";

/** A generated service as podman's generator wrote it, taken apart once. */
export const generatedText = remember(({ text }: GeneratedService): UnitText => parseUnitText(text));

const knownInPlace = remember((_found: GeneratedService) => new Map<string, UnitText>());

/** The service that a desired unit means, with the paths that it has on the host. */
export function textInPlace(
  found: GeneratedService,
  { folder }: Generated,
  { unitDir }: Pick<HostFacts, "unitDir">,
): UnitText {
  const known = knownInPlace(found);
  const text = known.get(`${folder}:${unitDir}`) ?? moved(generatedText(found), folder, unitDir);
  known.set(`${folder}:${unitDir}`, text);
  return text;
}

function moved(text: UnitText, folder: string, unitDir: string): UnitText {
  if (folder === "") return text;
  const sections = [...text].map(([section, settings]) => {
    if (!settings.some(({ value }) => value.includes(folder))) return [section, settings] as const;
    const values = settings.map(({ key, value }) => ({ key, value: value.replaceAll(folder, unitDir) }));
    return [section, values] as const;
  });
  return new Map(sections);
}
