export { effectiveUnits, type Stays, textsKeptBack, withNamed } from "./effective-units.ts";
export {
  failedBefore,
  instanceDigest,
  instancesLeftAlone,
  isAsked,
  rowsKeptBack,
  withWaiting,
} from "./left-alone.ts";
export { makePlan, type PlanInput } from "./make-plan.ts";
export { withPutBackReasons } from "./put-back-reasons.ts";
export { unloadable } from "./unloadable.ts";
export { withUnmetNeeds } from "./unmet-needs.ts";
