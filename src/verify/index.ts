export { containersOf } from "./containers-of.ts";
export { gatherEvidence } from "./gather-evidence.ts";
export { type JudgedResult, type JudgedText, judgeText, type TextVerdict } from "./judge-text.ts";
export { judgedServices } from "./judged-services.ts";
export { longestStartMs } from "./longest-start.ts";
