import type { InstanceSpec, PatternInstance } from "../model/instance.ts";

/** Which manifest key a unit's key is filled from. */
const MANIFEST_KEYS: Readonly<Record<string, string>> = {
  Image: "image",
  Environment: "environment",
  Secret: "secrets",
  Volume: "volumes",
  Network: "networks",
  AddDevice: "devices",
  PublishPort: "publish",
  Label: "labels",
  Exec: "command",
  HealthCmd: "health.cmd",
  HealthInterval: "health.interval",
  HealthTimeout: "health.timeout",
  HealthStartPeriod: "health.startPeriod",
  HealthRetries: "health.retries",
  MemoryMax: "memory",
  MemoryHigh: "memoryHigh",
  After: "dependsOn",
  Wants: "dependsOn",
};

/**
 * The dotted manifest path of a line's values: the entry of the key's own list or map, else the pattern
 * parameter with that value, else the key itself if the manifest has it.
 */
export function manifestPath(
  instance: PatternInstance,
  key: string,
  outputs: readonly string[],
): string | undefined {
  const base = MANIFEST_KEYS[key];
  const written = base === undefined ? undefined : at(instance.spec, base);
  if (base !== undefined && written !== undefined) {
    const entry = entryPath(base, written, outputs);
    if (entry !== undefined) return entry;
  }
  const parameter = Object.entries(instance.spec.values).find(([, value]) => outputs.includes(String(value)));
  if (parameter !== undefined) return `values.${parameter[0]}`;
  return base !== undefined && instance.places.has(base) ? base : undefined;
}

function at(spec: InstanceSpec, path: string): unknown {
  let value: unknown = spec;
  for (const step of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

/**
 * Lists match by an entry that ends like an output (a mount below the home folder lost its `~`), maps by
 * name.
 */
function entryPath(base: string, written: unknown, outputs: readonly string[]): string | undefined {
  if (Array.isArray(written)) {
    const index = written.findIndex((entry) => {
      const text = typeof entry === "string" ? entry : String((entry as { name?: unknown }).name);
      return outputs.some((output) => output !== "" && (text.endsWith(output) || output.endsWith(text)));
    });
    return index < 0 ? undefined : `${base}.${index}`;
  }
  if (typeof written === "object" && written !== null) {
    const name = outputs[0];
    return name !== undefined && Object.hasOwn(written, name) ? `${base}.${name}` : undefined;
  }
  return outputs.includes(String(written)) ? base : undefined;
}
