import { CommandError } from "../model/errors.ts";
import type { FolderChanges, Host } from "../model/host.ts";
import { GENERATOR_CRASHES, type GeneratorOutput } from "../model/live.ts";
import { unitKindOf } from "../model/unit.ts";
import { errorsAmong, isUnread } from "../quadlet/generator-messages.ts";

/**
 * What podman's generator makes of the unit directory as it would be after these changes. If the generator
 * crashes, the message names the file that it crashes at.
 */
export async function generatedAfter(
  { quadlet, files, facts: { unitDir } }: Host,
  changes: FolderChanges,
): Promise<GeneratorOutput> {
  const made = await quadlet.generateOver(unitDir, changes);
  if (!crashes(made)) return made;
  const kept = new Set([...changes.written.map(({ name }) => name), ...changes.removed]);
  for (const name of (await files.list(unitDir)).filter((one) => unitKindOf(one) !== undefined)) {
    const removed = [...changes.removed, name];
    if (kept.has(name) || crashes(await quadlet.generateOver(unitDir, { ...changes, removed }))) continue;
    return { ...made, messages: [{ message: `${GENERATOR_CRASHES} at ${unitDir}/${name}` }] };
  }
  return made;
}

/** Whether the generator crashed, so that this is only what it made until then. */
export function crashes({ crashed }: Pick<GeneratorOutput, "crashed">): boolean {
  return crashed === true;
}

export interface Complaint {
  /** What the generator says, one sentence for each file. */
  readonly message: string;
  /** Whether other units than the one it names are lost too. */
  readonly grave: boolean;
}

/**
 * What podman's generator reports about the unit directory as it is; undefined if nothing. Writes nothing.
 */
export async function complaintInPlace({ quadlet }: Host): Promise<Complaint | undefined> {
  try {
    return complaintOf(await quadlet.generateAsItIs());
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { message: GENERATOR_CRASHES, grave: true };
  }
}

/**
 * Like `complaintInPlace`, but in a scratch copy, so that it also names a file that the generator crashes at.
 */
export async function complaintAbout(host: Host): Promise<Complaint | undefined> {
  return complaintOf(await generatedAfter(host, { written: [], removed: [] }));
}

function complaintOf(made: GeneratorOutput): Complaint | undefined {
  const errors = errorsAmong(made.messages);
  if (errors.length === 0) return undefined;
  return {
    message: inShort(errors.map(({ message }) => message)),
    grave: crashes(made) || errors.some(isUnread),
  };
}

const SHOWN = 3;

/** The first messages of the generator, and how many more there are. */
export function inShort(messages: readonly string[]): string {
  const more = messages.length - SHOWN;
  return [...messages.slice(0, SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/** What a person can do about a file that podman's generator cannot read. */
export function howToMend({ facts }: Pick<Host, "facts">): string {
  const systemctl = facts.rootless ? "systemctl --user" : "systemctl";
  return `fix that file or move it away, then run: ${systemctl} daemon-reload`;
}
