import type { Host } from "../model/host.ts";
import type { Generated } from "../quadlet/generated.ts";
import { type Heeded, heed } from "../quadlet/ignored-lines.ts";

/**
 * Asks systemd which lines of the generated services it ignores. Loads nothing. The host remembers what
 * systemd said of a text, so that only new texts take time.
 */
export async function heedSystemd(
  { systemd }: Pick<Host, "systemd">,
  { generated }: { readonly generated: Generated },
): Promise<Heeded> {
  const texts = [...generated.services].map(([service, { raw }]) => [service, raw] as const);
  return heed(generated, await systemd.verify(new Map(texts)));
}
