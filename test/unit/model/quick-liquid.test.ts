import { Liquid, LiquidError, type LiquidOptions } from "liquidjs";
import { describe, expect, it } from "vitest";
import { lookUpQuickly } from "../../../src/model/quick-liquid.ts";

const OPTIONS: LiquidOptions = {
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
  outputEscape: (value: unknown) => `<${String(value)}>`,
  templates: {
    base: "a{% block one %}b{% endblock %}{% block two %}c{% endblock %}",
    part: "{{ name }}{% if no %}x{% endif %}",
  },
};

const SCOPE = {
  name: "web",
  no: null,
  zero: 0,
  yes: true,
  empty: [],
  list: ["a", "b", "c"],
  words: "one two",
  map: { key: "value", deep: { er: "x" }, list: [1, 2], "odd name": "y" },
  which: "key",
};

/** What comes of a template: its text, or the error with its place. */
function outcome(liquid: Liquid, template: string): unknown {
  try {
    return liquid.parseAndRenderSync(template, { ...SCOPE });
  } catch (error) {
    if (!LiquidError.is(error)) throw error;
    const { name, message, token, originalError } = error;
    return { name, message, place: token.getPosition(), cause: originalError?.name };
  }
}

function bothOutcomes(template: string, options: LiquidOptions = {}) {
  const [plain, quick] = [new Liquid({ ...OPTIONS, ...options }), new Liquid({ ...OPTIONS, ...options })];
  lookUpQuickly(quick);
  return [outcome(quick, template), outcome(plain, template)];
}

describe("a quick engine renders as liquidjs does", () => {
  it.each([
    "{{ name }} and {{ map.key }}, {{ map.deep.er }}",
    "{{ no }}|{{ zero }}|{{ yes }}|{{ list }}|{{ empty }}",
    "{{ map['odd name'] }} {{ map[which] }} {{ list[1] }} {{ list.first }} {{ list.size }} {{ words.size }}",
    '{{ "text" }} {{ 12 }} {{ (1..3) }} {{ true }} {{ nil }}',
    "{{ name | upcase }} {{ words | split: ' ' | join: map.key }} {{ absent | default: 'none' }}",
    "{% if name %}1{% endif %}{% if no %}2{% elsif zero %}3{% else %}4{% endif %}{% if absent %}5{% endif %}",
    "{% if no %}1{% elsif absent %}2{% endif %}{% if map.absent %}3{% else %}4{% endif %}",
    "{% if name == 'web' and list contains 'b' %}1{% endif %}{% if empty == empty %}2{% endif %}",
    "{% for one in list %}{{ forloop.index }}{{ one }}{% if one == 'b' %}{% break %}{% endif %}{% endfor %}",
    "{% for one in list %}{% if one == 'b' %}{% continue %}{% endif %}{{ one }}{% endfor %}",
    "{% for one in empty %}{{ one }}{% else %}nothing{% endfor %}{% for one in empty %}{{ absent }}{% endfor %}",
    "{% for one in map.list reversed %}{{ one }}{% endfor %}{% for x in list limit: 1 offset: 1 %}{{ x }}{% endfor %}",
    "{% for pair in map %}{{ pair[0] }}{% endfor %}{% for i in (1..zero) %}{{ i }}{% endfor %}",
    "{% capture text %}{{ name }}{% endcapture %}{{ text }}{% assign name = 'other' %}{{ name }}",
    "{% layout 'base' %}{% block two %}{{ name }}{{ block.super }}{% endblock %}",
    "{% include 'part' %}{% render 'part', name: 'x', no: yes %}",
    "{% unless no %}1{% endunless %}{% case name %}{% when 'web' %}2{% endcase %}{{ name | raw }}",
    "{% increment zero %}{{ zero }}",
  ])("%s", (template) => {
    const [quick, plain] = bothOutcomes(template);
    expect(quick).toEqual(plain);
    expect(plain).toBeTypeOf("string");
  });

  it.each(["{{ list }}|{{ no }}|{{ zero }}|{{ map.list }}", "{% for one in list %}{{ one }}{% endfor %}"])(
    "%s, with nothing escaped",
    (template) => {
      const plain = { ...OPTIONS };
      delete plain.outputEscape;
      const liquid = new Liquid(plain);
      lookUpQuickly(liquid);
      expect(outcome(liquid, template)).toBe(outcome(new Liquid(plain), template));
    },
  );
});

describe("a quick engine has the errors of liquidjs, at the same place", () => {
  it.each([
    "x\n {{ absent }}",
    "{{ map.absent }}",
    "{{ map.absent.more | upcase }}",
    "{{ no.thing }}",
    "{% if name %}\n{{ absent }}{% endif %}",
    "{% for one in absent %}{% endfor %}",
    "{% for one in list %}{{ one.absent }}{% endfor %}",
    "{% if name == absent %}{% endif %}{{ name | plus: absent }}",
  ])("%s", (template) => {
    const [quick, plain] = bothOutcomes(template);
    expect(quick).toEqual(plain);
  });

  it("says what a function of the engine throws as an error of the place that called it", () => {
    const fail = () => {
      throw new TypeError("no such thing");
    };
    const [quick, plain] = bothOutcomes("{% if yes %}\n  {{ name }}{% endif %}", { outputEscape: fail });
    expect(quick).toEqual(plain);
    expect(plain).toMatchObject({ name: "RenderError", place: [2, 3], cause: "TypeError" });
  });
});
