import { Liquid, type LiquidOptions } from "liquidjs";

/**
 * What one template may accumulate, in liquidjs' own count of characters and elements. The limit is far above
 * any unit or report, but an endless loop reaches it before it blocks the host that reads it.
 */
const MEMORY_LIMIT = 5_000_000;

/** What a turn of a loop counts, besides what it holds and writes: even an empty turn takes time. */
const TURN = 20;

/**
 * Liquid over an in-memory set of templates, which a repository may have written. Whatever they say,
 * rendering ends soon and uses little memory. liquidjs counts what filters and ranges make; here each turn of
 * a loop and all output counts towards the same limit. Beyond it, rendering throws a LiquidError with the
 * template and the line. Only counts decide, never the clock, so the same template ends alike on every host.
 * Dates have English words, whatever the host's language.
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
  // Every tag with a body renders it by this method; a loop does so once a turn.
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
