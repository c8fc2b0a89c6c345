import {
  type Context,
  type Emitter,
  ForTag,
  IfTag,
  isTruthy,
  type Liquid,
  LiquidError,
  Output,
  RenderError,
  type Template,
  type Token,
  TypeGuards,
  toValue,
  toValueSync,
  UndefinedVariableError,
  type Value,
} from "liquidjs";

/**
 * Makes an engine quick whose templates are names for the most part, in `{{ }}`, `{% if %}` and `{% for %}`. liquidjs can
 * wait for every value, and makes about ten generators to look up one name; here a name is looked up at once. Whatever is
 * more than a name goes liquidjs' own way, and what a template means stays the same. For `renderSync` alone: nothing is
 * waited for.
 */
export function lookUpQuickly(liquid: Liquid): void {
  liquid.renderer.renderTemplates = renderTemplates;
  liquid.registerTag("if", QuickIf);
  liquid.registerTag("for", QuickFor);
}

function* renderTemplates(
  templates: readonly Template[],
  context: Context,
  emitter: Emitter = new Text(),
): Generator<unknown, string> {
  for (const template of templates) {
    try {
      if (TypeGuards.isHTMLToken(template.token)) {
        emitter.write(template.token.getContent());
        continue;
      }
      if (template instanceof Output) {
        emitter.write(valueNow(template.value, context, false));
        continue;
      }
      const text = yield template.render(context, emitter);
      if (text) emitter.write(text);
      if (context.breakCalled || context.continueCalled) break;
    } catch (error) {
      throw LiquidError.is(error) ? error : new RenderError(asError(error), template);
    }
  }
  return emitter.buffer;
}

class Text implements Emitter {
  buffer = "";

  write(value: unknown): void {
    this.buffer += typeof value === "string" ? value : textOf(value);
  }
}

function textOf(value: unknown): string {
  const plain: unknown = toValue(value);
  if (plain === null || plain === undefined) return "";
  return Array.isArray(plain) ? plain.map(textOf).join("") : String(plain);
}

class QuickIf extends IfTag {
  override *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
    const met = this.branches.find(({ value }) =>
      isTruthy(valueNow(value, context, context.opts.lenientIf), context),
    );
    const templates = met?.templates ?? this.elseTemplates;
    if (templates !== undefined) yield this.liquid.renderer.renderTemplates(templates, context, emitter);
  }
}

class QuickFor extends ForTag {
  override *render(context: Context, emitter: Emitter): ReturnType<ForTag["render"]> {
    const name = nameAt(this.collection);
    const list = name === null ? undefined : lookUp(name, context, false);
    if (Array.isArray(list) && list.length === 0 && this.elseTemplates.length === 0) return;
    return yield* super.render(context, emitter);
  }
}

/** What a value is now; `lenient`: null where there is nothing of its name. */
function valueNow(value: Value, context: Context, lenient: boolean): unknown {
  const { filters, initial } = value;
  const name = initial.postfix.length === 1 ? nameAt(initial.postfix[0]) : null;
  // liquidjs is lenient with a name that has a default.
  if (name === null || filters[0]?.name === "default") {
    return toValue(toValueSync(value.value(context, lenient)));
  }
  let found = lookUp(name, context, lenient);
  for (const filter of filters) found = toValueSync(filter.render(found, context));
  return toValue(found);
}

/** A name as it stands in a template: `limits.cpuWeight`. */
interface Name {
  readonly token: Token;
  readonly words: (string | number)[];
}

const names = new WeakMap<Token, Name | null>();

function nameAt(token: Token | undefined): Name | null {
  if (token === undefined) return null;
  const known = names.get(token);
  if (known !== undefined) return known;
  const name = readName(token);
  names.set(token, name);
  return name;
}

/** null for what is more than a name: a text, a range, or an element that another name says (`list[index]`). */
function readName(token: Token): Name | null {
  if (!TypeGuards.isPropertyAccessToken(token) || token.variable !== undefined) return null;
  const words = token.props.flatMap((word) =>
    TypeGuards.isWordToken(word) || TypeGuards.isQuotedToken(word) ? [word.content] : [],
  );
  return words.length === token.props.length ? { token, words } : null;
}

function lookUp({ token, words }: Name, context: Context, lenient: boolean): unknown {
  try {
    return context.getSync(words);
  } catch (error) {
    if (lenient && error instanceof Error && error.name === "InternalUndefinedVariableError") return null;
    throw new UndefinedVariableError(asError(error), token);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
