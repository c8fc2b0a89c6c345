export { explainGenerator } from "./generator.ts";
export { patternPage } from "./guide/page.ts";
export { decisionTree, inOrder } from "./guide/tree.ts";
export { RENDER_ISSUES, type RenderIssueCode } from "./issues.ts";
export { plainSecretsIn } from "./plain-secrets.ts";
export { podmanNeed } from "./podman-need.ts";
export { podmanKnows } from "./quadlet-keys.ts";
export { type RenderResult, renderUnits } from "./render-units.ts";
export type { RenderContext } from "./world.ts";
