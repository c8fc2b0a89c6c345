import { formatSize, parseSize } from "../../lib/size.ts";
import type { Json } from "../../model/live.ts";

/** A size of [Service] as it is compared; undefined: unlimited. */
export const serviceSize = (text: string) => {
  if (text === "infinity") return undefined;
  const bytes = parseSize(text);
  return bytes === undefined ? text : formatSize(bytes);
};

/** A number of bytes from the manager; null: unlimited. */
export const sizeText = (bytes: number | null) => (bytes === null ? undefined : formatSize(bytes));

/** A protection of [Service] as it is compared; zero bytes mean none. */
export const serviceProtection = (text: string) => (parseSize(text) === 0 ? undefined : serviceSize(text));

/** A protection from the manager; zero bytes mean none. */
export const protectionText = (bytes: number | null) => (bytes === 0 ? undefined : sizeText(bytes));

/** A number from the manager; null: unlimited. */
export const numberText = (count: number | null) => (count === null ? undefined : String(count));

/** The text itself; undefined: unlimited. */
export const unlessInfinite = (text: string) => (text === "infinity" ? undefined : text);

/** Microseconds per second in the form of `CPUQuota=`. */
export const percentText = (microseconds: number | null) =>
  microseconds === null ? undefined : `${microseconds / 10_000}%`;

/** A number that podman shows; zero means that no limit is set. */
export const positive = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? String(value) : undefined;

/** A number of bytes that podman shows; zero means that no limit is set. */
export const positiveSize = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? formatSize(value) : undefined;

/** A text that podman shows; an empty text means that nothing is set. */
export const nonEmpty = (value: Json | undefined) =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A flag's number; zero in any spelling means that no limit is set. */
export const zeroIsNone = (text: string) => (/^0*(\.0*)?$/.test(text) ? undefined : text);

/** A flag's size; zero means that no limit is set. */
export const containerSize = (text: string) => {
  const bytes = parseSize(text.replace(/\s/g, ""));
  return bytes === 0 ? undefined : bytes === undefined ? text : formatSize(bytes);
};
