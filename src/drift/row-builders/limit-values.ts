import { formatSize, parseSize } from "../../lib/size.ts";
import type { Json } from "../../model/live.ts";

/** A size of [Service] as it is compared; undefined: no end to it. */
export const serviceSize = (text: string) => {
  if (text === "infinity") return undefined;
  const bytes = parseSize(text);
  return bytes === undefined ? text : formatSize(bytes);
};

/** Bytes of the manager's; null: no end to them. */
export const sizeText = (bytes: number | null) => (bytes === null ? undefined : formatSize(bytes));

/** A protection of [Service] as it is compared; one of no bytes is none. */
export const serviceProtection = (text: string) => (parseSize(text) === 0 ? undefined : serviceSize(text));

/** A protection of the manager's; one of no bytes is none. */
export const protectionText = (bytes: number | null) => (bytes === 0 ? undefined : sizeText(bytes));

/** A number of the manager's; null: no end to it. */
export const numberText = (count: number | null) => (count === null ? undefined : String(count));

/** The text itself; undefined: no end to it. */
export const unlessInfinite = (text: string) => (text === "infinity" ? undefined : text);

/** Microseconds a second as `CPUQuota=` has them. */
export const percentText = (microseconds: number | null) =>
  microseconds === null ? undefined : `${microseconds / 10_000}%`;

/** A number that podman shows; its zero means that no limit is set. */
export const positive = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? String(value) : undefined;

/** The same, for bytes. */
export const positiveSize = (value: Json | undefined) =>
  typeof value === "number" && value > 0 ? formatSize(value) : undefined;

/** A text that podman shows; an empty one means that none is set. */
export const nonEmpty = (value: Json | undefined) =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A flag's number, of which zero in any spelling means that no limit is set. */
export const zeroIsNone = (text: string) => (/^0*(\.0*)?$/.test(text) ? undefined : text);

/** A flag's size; zero means that no limit is set. */
export const containerSize = (text: string) => {
  const bytes = parseSize(text.replace(/\s/g, ""));
  return bytes === 0 ? undefined : bytes === undefined ? text : formatSize(bytes);
};
