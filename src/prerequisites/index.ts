export { uselessAutoUpdates } from "./auto-updates.ts";
export { PREREQUISITES, type Prerequisite, type PrerequisiteInput } from "./codes.ts";
export { conflicts } from "./conflicts.ts";
export { systemdWarnings } from "./ignored-lines.ts";
export { blockingIssues, judgePrerequisites, prerequisiteQuestion } from "./judge-prerequisites.ts";
export { mountSources, type Sources, type UnitNeeds, unitNeeds } from "./unit-needs.ts";
export { shorterProbations, warnings } from "./warnings.ts";
