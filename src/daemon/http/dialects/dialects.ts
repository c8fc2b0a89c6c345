import type { Dialect } from "./dialect.ts";
import { generic } from "./generic.ts";

/** Dialects by the last part of the path: `POST /hooks/generic`. A new forge is one file and one row. */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map([["generic", generic]]);
