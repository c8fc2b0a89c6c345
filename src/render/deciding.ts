import type { PatternInstance } from "../model/instance.ts";
import type { Pattern } from "../model/pattern.ts";
import type { Findings } from "./issues.ts";
import type { Engine, Scope } from "./liquid.ts";

/** What a decision needs besides the unit itself. */
export interface RenderDecisions {
  readonly instance: PatternInstance;
  readonly pattern: Pattern;
  readonly scope: Scope;
  readonly engine: Engine;
  readonly findings: Findings;
}
