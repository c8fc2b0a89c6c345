/**
 * The word that makes this program a probe. main.ts answers it, followed by a request as JSON, with one
 * ProbeAnswer as JSON.
 */
export const PROBE_WORD = "--probe";
