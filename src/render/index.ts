export { explainGenerator } from "./generator.ts";
export { patternPage } from "./guide/page.ts";
export { decisionTree, inOrder } from "./guide/tree.ts";
export { RENDER_ISSUES } from "./issues.ts";
export { plainSecretsIn } from "./plain-secrets.ts";
export { podmanKnows } from "./quadlet-keys.ts";
export { type RenderResult, renderUnits } from "./render-units.ts";
export type { RenderContext } from "./world.ts";
