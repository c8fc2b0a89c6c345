import fc from "fast-check";

// In CI the same inputs every time, so that a red run is the change's own; elsewhere new ones, to find more.
if (process.env.CI) fc.configureGlobal({ seed: 20_261_123 });
