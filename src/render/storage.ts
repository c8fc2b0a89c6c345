import type { Storage } from "../model/pattern.ts";
import type { RenderDecisions } from "./deciding.ts";
import { mergeVolumes, parseVolume, type VolumeUse } from "./volumes.ts";

/** One of the pattern's storage entries as an instance has it. */
export interface StorageUse {
  readonly entry: Storage;
  /** Absolute, below `%h`, or the name of a volume unit: the part before the first colon of `Volume=`. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly requireMount: boolean;
  readonly owner: string | undefined;
}

/** What a component mounts: its storage, the pattern's other mounts, then the manifest's; later ones win. */
export interface Mounts {
  readonly volumes: readonly VolumeUse[];
  /** The storage that is still mounted. */
  readonly storage: readonly StorageUse[];
  /** All storage: a mount of the manifest in its place is treated in the same way. */
  readonly declared: readonly StorageUse[];
}

/** Decides the mounts of one component; `defaults` are rendered, `own` are the manifest's. */
export function decideMounts(
  component: string,
  { defaults, own }: { readonly defaults: readonly string[]; readonly own: readonly string[] },
  deciding: RenderDecisions,
): Mounts {
  const { findings, instance, pattern } = deciding;
  const storage = pattern.storage
    .filter((entry) => entry.component === component)
    .flatMap((entry) => decideStorage(entry, deciding) ?? []);
  const fromStorage = storage.map((use) => ({ text: volumeText(use), path: undefined }));
  const texts = [
    ...fromStorage,
    ...defaults.map((text) => ({ text, path: undefined })),
    ...own.map((text, index) => ({ text, path: `volumes.${index}` })),
  ];
  const read = texts.flatMap(({ text, path }) => {
    const use = parseVolume(text, instance.name);
    if (!("wrong" in use)) return [use];
    findings.add("value-invalid", `the volume "${text}" ${use.wrong}`, { path });
    return [];
  });
  const volumes = mergeVolumes(read);
  const kept = storage.flatMap((use) => {
    const parsed = parseVolume(volumeText(use), instance.name);
    if ("wrong" in parsed || !volumes.some(({ text }) => text === parsed.text)) return [];
    return [{ ...use, source: parsed.text.slice(0, parsed.text.indexOf(":")) }];
  });
  return { volumes, storage: kept, declared: storage };
}

/** Undefined if source or target renders to nothing. */
function decideStorage(
  entry: Storage,
  { engine, scope, findings, pattern }: RenderDecisions,
): StorageUse | undefined {
  const text = (source: string | undefined): string => {
    const rendered = source === undefined ? undefined : engine.text(source, scope, pattern.file);
    if (rendered?.ok === false) findings.adopt(rendered.issue);
    return rendered?.ok ? rendered.text : "";
  };
  const [source, target, owner] = [text(entry.source), text(entry.target), text(entry.owner)];
  if (source === "" || target === "") return undefined;
  const holds = (condition: string | undefined): boolean => {
    const answer = condition === undefined ? false : engine.condition(condition, scope, pattern.file);
    if (typeof answer === "boolean") return answer;
    findings.adopt(answer);
    return false;
  };
  const [readOnly, requireMount] = [holds(entry.readOnly), holds(entry.requireMount)];
  return { entry, source, target, readOnly, requireMount, owner: owner === "" ? undefined : owner };
}

/** podman labels its own volumes by itself; a folder needs an option. */
function volumeText({ entry, source, target, readOnly }: StorageUse): string {
  const folder = /^[/~%]/.test(source);
  const options = [readOnly ? "ro" : "", folder && entry.relabel ? (entry.shared ? "z" : "Z") : ""];
  return [source, target, options.filter((option) => option !== "").join(",")]
    .filter((field) => field !== "")
    .join(":");
}
