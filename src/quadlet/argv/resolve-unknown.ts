import type { PodmanCall } from "./podman-call.ts";
import { couldBe, isUnknown, UNKNOWN } from "./unknown-parts.ts";

/**
 * Fills the unknown parts of a desired command from the command that made the container, if that fits:
 * `--hostname %m` takes the value there. What fits nothing is shown as `?`. Without a command that made the
 * container, unknown values are left out rather than guessed.
 */
export function resolveUnknown(desired: PodmanCall, made: PodmanCall | undefined): PodmanCall {
  if (![...desired.flags.values(), desired.rest].some((values) => values.some(isUnknown))) return desired;
  const flags = new Map<string, readonly string[]>();
  for (const [name, values] of desired.flags) {
    const resolved = resolveValues(values, made?.flags.get(name));
    if (resolved.length > 0) flags.set(name, resolved);
  }
  const [image = "", ...command] = desired.rest;
  const [madeImage, ...madeCommand] = made?.rest ?? [];
  const rest = [
    resolveValues([image], madeImage === undefined ? undefined : [madeImage])[0] ?? "",
    ...(command.some(isUnknown) ? madeCommand : command),
  ];
  return { ...desired, flags, rest };
}

function resolveValues(values: readonly string[], made: readonly string[] | undefined): readonly string[] {
  const free = (made ?? []).filter((value) => !values.includes(value));
  return values.flatMap((value) => {
    if (!isUnknown(value)) return [value];
    const index = free.findIndex((candidate) => couldBe(value, candidate));
    if (index >= 0) return free.splice(index, 1);
    return made === undefined ? [] : [value.replaceAll(UNKNOWN, "?")];
  });
}
