export { instanceOf, withRelations } from "./adoption.ts";
export { type Assignment, pathOf, splitAssignment, valueAt } from "./assignment.ts";
export { editManifest } from "./edit.ts";
export { type Missing, missingInputs } from "./missing.ts";
export { newManifest } from "./new-manifest.ts";
