import { Liquid, type LiquidOptions } from "liquidjs";

/**
 * What one template may pile up, in liquidjs' own count of characters and elements: far above any unit or report, and
 * below what a loop without an end needs to hold up the host that reads it.
 */
const MEMORY_LIMIT = 5_000_000;

/** What a turn of a loop counts, besides what it holds and writes: it takes time even where it does nothing. */
const TURN = 20;

/**
 * Liquid over an in-memory set of templates, which a repository may have written: whatever they say, rendering ends soon
 * and in little memory. liquidjs counts what filters and ranges make; here each turn of a loop and all that is
 * written counts towards the same limit. Rendering throws a LiquidError with the template and the line beyond it. Only
 * counts decide, never the clock, so the same template ends alike on every host; and a date has the same words, whatever the
 * host's language.
 */
export function boundedLiquid(templates: ReadonlyMap<string, string>, options: LiquidOptions): Liquid {
  const liquid = new Liquid({
    templates: Object.fromEntries(templates),
    extname: ".liquid",
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    memoryLimit: MEMORY_LIMIT,
    locale: "en-US",
    ...options,
  });
  const { renderer } = liquid;
  const render = renderer.renderTemplates.bind(renderer);
  const counted = new WeakMap<object, number>();
  // Every tag with a body renders it by this method, a loop once a turn.
  renderer.renderTemplates = function* (body, context, emitter) {
    context.memoryLimit.use(TURN + body.length);
    const result = yield* render(body, context, emitter);
    if (emitter === undefined) return result;
    const { length } = emitter.buffer;
    context.memoryLimit.use(length - (counted.get(emitter) ?? 0));
    counted.set(emitter, length);
    return result;
  };
  return liquid;
}
