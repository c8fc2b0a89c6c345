import type { FieldRow } from "../row.ts";
import { image } from "./image.ts";

/** The table of compared fields, in the order in which they are shown: a row adds a field. */
export const FIELD_ROWS: readonly FieldRow[] = [image];
