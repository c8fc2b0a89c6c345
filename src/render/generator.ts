import type { Issue } from "../model/issue.ts";
import type { Generated } from "../model/live.ts";
import type { Unit } from "../model/unit.ts";

export function explainGenerator(_generated: Generated, _units: readonly Unit[]): readonly Issue[] {
  return [];
}
