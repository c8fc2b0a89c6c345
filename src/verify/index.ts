export { waitUntilReady } from "./wait-until-ready.ts";
