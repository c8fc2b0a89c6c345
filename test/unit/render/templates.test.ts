import { describe, expect, test } from "vitest";
import { renderUnits } from "../../../src/render/index.ts";
import { CONTEXT, instance, pattern, state, withPattern } from "./builder.ts";

function render(template: string, overrides: Parameters<typeof pattern>[0] = {}, values = {}) {
  const own = pattern({
    units: [{ component: "", kind: "container", template: "quadlets/own" }],
    ...overrides,
  });
  const one = instance("x", { pattern: "plain", values });
  const desired = withPattern(state([one]), own, { "quadlets/own.liquid": template });
  const { units, issues } = renderUnits(desired, CONTEXT);
  return { content: units.find((unit) => unit.name === "x.container")?.content, issues };
}

const message = (template: string, values = {}) => render(template, {}, values).issues[0]?.message;

test("a pattern's template builds on the shared one and overrides its lines", () => {
  const { content } = render(
    '{% layout "quadlets/container" %}{% block service %}Restart=no{% endblock %}{% block container %}User=1{% endblock %}',
  );
  expect(content).toContain("User=1\n");
  expect(content?.match(/^Restart=.*$/gm)).toEqual(["Restart=no"]);
});

test("the output of a Liquid capture is encoded once, like any other", () => {
  const { content } = render(
    "{% capture c %}a{{ values.v }}b{% endcapture %}[Container]\nImage=x\nExec={{ c }}",
    {},
    { v: "% x" },
  );
  expect(content).toContain('Exec="a%% xb"\n');
});

test("values are never interpreted as Liquid", () => {
  const { content } = render("[Container]\nImage=x\nExec={{ values.v }}", {}, { v: "{{ image }}" });
  expect(content).toContain('Exec="{{ image }}"\n');
});

test("blanks at the ends of a pattern's text are removed, those of a value stay", () => {
  const environment = { A: " {% if values.v %} {{ values.v }} {% endif %} ", B: " {{ values.none }} " };
  const { defaults } = pattern();
  const { content } = render(
    '{% layout "quadlets/container" %}',
    { defaults: { ...defaults, environment } },
    { v: " x ", none: null },
  );
  expect(content).toContain('Environment="A= x "\n');
  expect(content).not.toContain("B=");
});

describe("a template must not", () => {
  test.each([
    ["use a variable that there is not", "[Container]\nImage={{ nothing }}", "undefined variable: nothing"],
    [
      "use a filter that there is not",
      "[Container]\nImage={{ image | nothing }}",
      "undefined filter: nothing",
    ],
    [
      "look at the clock",
      '[Container]\nImage={{ "now" | date: "%Y" }}',
      'the filter "date" is not available',
    ],
    [
      "output a list",
      "[Container]\nImage={{ networks }}",
      "the text outputs a list or a map, but a single value is expected",
    ],
    ["go on for ever", "{% for i in (1..4000000000) %}{{ i }}{% endfor %}", "memory alloc limit exceeded"],
    [
      "go on for ever in small steps",
      "{% for a in (1..9999) %}{% for b in (1..9999) %}{% for c in (1..9999) %}{% endfor %}{% endfor %}{% endfor %}",
      "memory alloc limit exceeded",
    ],
    [
      "loop over one list again and again",
      "{% assign a = (1..1000) %}{% for x in a %}{% for y in a %}{% for z in a %}{% endfor %}{% endfor %}{% endfor %}",
      "memory alloc limit exceeded",
    ],
    [
      "make rows of one list again and again",
      "{% assign a = (1..1000) %}{% for x in a %}{% tablerow y in a %}{% endtablerow %}{% endfor %}",
      "memory alloc limit exceeded",
    ],
    [
      "write more than any unit holds",
      "{% for i in (1..9) %}{% for j in (1..9999) %}Environment=A_LONG_NAME_OF_A_VARIABLE_THAT_NOBODY_NEEDS=1\n{% endfor %}{% endfor %}",
      "memory alloc limit exceeded",
    ],
    ["read another file", '{% render "/etc/passwd" %}', "ENOENT"],
    [
      "put a value into a key that nobody knows how to read",
      "[Container]\nImage=x\nFoo={{ image }}",
      "puts a value into Foo=",
    ],
    [
      "write a line that is none",
      "[Container]\nImage=x\n{{ image }}",
      "is not a section, a comment or key=value",
    ],
  ])("%s", (_name, template, expected) => {
    expect(message(template)).toContain(expected);
  });

  test("leave a value unescaped: raw has no effect", () => {
    const { content } = render("[Container]\nImage=x\nExec={{ values.v | raw }}", {}, { v: "%h a" });
    expect(content).toContain('Exec="%%h a"\n');
  });

  test("fail without its place in the error", () => {
    expect(render("[Container]\n{% if %}").issues[0]?.place).toMatchObject({
      file: "templates/quadlets/own.liquid",
      line: 2,
    });
    expect(render("[Container]\nImage={{ nothing }}").issues[0]?.place).toMatchObject({ line: 2 });
    const endless = "{% assign a = (1..9999) %}\n{% for x in a %}{% for y in a %}{% endfor %}{% endfor %}";
    expect(render(`[Container]\n${endless}`).issues[0]?.place).toMatchObject({
      file: "templates/quadlets/own.liquid",
      line: 3,
    });
  });
});

describe("Liquid text of a pattern", () => {
  const text = (networks: readonly string[], values = {}) =>
    render(
      "[Container]\nImage=x\n{% for n in networks %}\nNetwork={{ n }}\n{% endfor %}",
      { defaults: { ...pattern().defaults, networks } },
      values,
    );

  test("sees the values, and is left out if it renders to nothing", () => {
    const { content } = text(["{{ values.a }}", "{% if values.b %}b{% endif %}", "{{ instance }}"], {
      a: "a",
    });
    expect(content?.match(/^Network=.*$/gm)).toEqual(["Network=a.network", "Network=x.network"]);
  });

  test("is reported in the pattern's file if it is wrong", () => {
    expect(text(["{{ values.none }}"]).issues).toMatchObject([
      { code: "template-invalid", instance: "x", place: { file: "patterns/plain.yaml" } },
    ]);
  });
});

describe("a pattern's units", () => {
  const two = (when: string) =>
    render("[Container]\nImage=x", {
      units: [
        { component: "", kind: "container", template: "quadlets/own" },
        { component: "side", kind: "volume", template: "quadlets/none", when },
      ],
    });

  test("are left out if their condition does not hold", () => {
    expect(two('instance == "y"').issues).toEqual([]);
    expect(two('instance == "x"').issues[0]?.message).toContain("quadlets/none");
  });

  test("are not rendered under a condition that cannot be read", () => {
    expect(two("instance | nothing").issues).toMatchObject([{ code: "template-invalid" }]);
  });
});

test("the Liquid filters for sizes and shell words give the documented results", () => {
  const { content } = render(
    "[Container]\nImage=x\nExec={{ values.size | bytes }} {{ values.word | shell }}",
    {},
    { size: "1.5M", word: "it's" },
  );
  expect(content).toContain(`Exec=1572864 "'it'\\\\''s'"\n`);
  expect(message("[Container]\nImage=x\nExec={{ values.size | bytes }}", { size: "x" })).toBe(
    '"x" is not a size such as 512M',
  );
});
