export { createPulls, type Pulls } from "./pulls.ts";
