import type { GeneratorMessage } from "../model/live.ts";

/** What podman's generator has against its input, without its warnings. */
export function errorsAmong(messages: readonly GeneratorMessage[]): readonly GeneratorMessage[] {
  return messages
    .filter(({ message }) => !/^warning/i.test(message))
    .map((row) => ({ ...row, message: withoutContent(row.message) }));
}

/** Whether a message is of a file that could not be read: it costs all units of its folder. */
export function isUnread({ message }: GeneratorMessage): boolean {
  return /^error loading/.test(message);
}

/** The generator quotes the line that it cannot read, and that may hold anything. */
function withoutContent(message: string): string {
  return message.replace(/“[^”]*”/g, "(not shown)");
}
