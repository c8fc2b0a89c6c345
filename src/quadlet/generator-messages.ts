import type { GeneratorMessage } from "../model/live.ts";

/** The errors among the messages of podman's generator, without its warnings. */
export function errorsAmong(messages: readonly GeneratorMessage[]): readonly GeneratorMessage[] {
  return messages
    .filter(({ message }) => !/^warning/i.test(message))
    .map((row) => ({ ...row, message: withoutContent(row.message) }));
}

/** Whether the generator could not read a file. It then makes no unit of that file's folder. */
export function isUnread({ message }: GeneratorMessage): boolean {
  return /^error loading/.test(message);
}

/** Removes the line that the generator quotes if it cannot read it, because the line may hold a secret. */
function withoutContent(message: string): string {
  return message.replace(/“[^”]*”/g, "(not shown)");
}
