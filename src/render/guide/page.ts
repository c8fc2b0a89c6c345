import { stringify } from "yaml";
import type { Pattern, PatternExample, SecurityRule } from "../../model/pattern.ts";
import type { ValidationCheck } from "../../model/pattern-guide.ts";
import { code, codes, list, page, section, table } from "./markdown.ts";
import { Shown, shownDefault } from "./placeholders.ts";
import { metrics, networks, requirements, route, storage, units } from "./tables.ts";

/** A pattern's page for people, in Markdown, made only from what its file says. */
export function patternPage(pattern: Pattern): string {
  const shown = new Shown(pattern);
  const [first, ...more] = pattern.examples;
  return page(
    `# ${pattern.title}`,
    `${code(pattern.name)}: ${pattern.description}`,
    pattern.useCases.length > 0 ? `Use it for\n\n${list(pattern.useCases)}` : "",
    pattern.notFor.length > 0 ? `Not for\n\n${list(pattern.notFor)}` : "",
    first === undefined ? "" : exampleText(first),
    section("Parameters", requiredText(pattern), parameters(pattern)),
    section("What it renders", units(pattern, shown), route(pattern)),
    section("Networks", networks(pattern, shown)),
    section("Storage", storage(pattern, shown)),
    section("Metrics", metrics(pattern, shown)),
    section("Requirements", requirements(pattern, shown)),
    section("Enforced", list(pattern.rules.map(ruleText))),
    deployment(pattern, shown),
    section(
      "Common issues",
      table(
        ["symptom", "cause", "fix"],
        pattern.commonIssues.map(({ symptom, cause, fix }) => [symptom, cause, fix]),
      ),
    ),
    section("Example services", services(pattern)),
    section("More examples", ...more.map(exampleText)),
  );
}

function deployment(pattern: Pattern, shown: Shown): string {
  const steps = pattern.deploymentOrder.map(({ step }) => step);
  return section(
    "Deployment",
    "Before the first deployment:",
    list(pattern.beforeDeployment.map((text) => shown.text(text))) || "- nothing",
    "Order:",
    list(steps, "1.") || "1. the units, each after the units that it starts after",
    "quadgate checks that all units run, are healthy and are on their networks. It also checks:",
    list(pattern.validation.map((check) => checkText(check, shown))) || "- nothing more",
    "Left to you:",
    list(pattern.afterDeployment.map((text) => shown.text(text))) || "- nothing",
  );
}

function exampleText({ name, description, manifest, companions }: PatternExample): string {
  const yaml = stringify(manifest, { lineWidth: 0 }).trimEnd();
  const lines = [`# desired-state/${name}.yaml`, ...yaml.split("\n")].map((line) => `    ${line}`);
  const others = companions
    .map(({ name: other, instance }) => `${code(other)} (${instance.spec.pattern})`)
    .join(", ");
  const beside = others === "" ? "" : `Beside it: ${others}.`;
  return [description, lines.join("\n"), beside].filter((part) => part !== "").join("\n\n");
}

function requiredText({ required, parameters: all }: Pattern): string {
  const values = Object.entries(all).flatMap(([name, { required: wanted }]) =>
    wanted ? [`values.${name}`] : [],
  );
  const keys = [...required, ...values];
  const none =
    Object.keys(all).length === 0 ? " It has no `values`; you may use every other key of a manifest." : "";
  return keys.length === 0 ? `No key is required.${none}` : `Required: ${codes(keys)}.${none}`;
}

function parameters(pattern: Pattern): string {
  const rows = Object.entries(pattern.parameters).map(([name, parameter]) => {
    const { type, values, min, max, required, example, description } = parameter;
    const bounds = [min === undefined ? "" : `from ${min}`, max === undefined ? "" : `to ${max}`];
    const kind = [type === "enum" ? codes(values ?? []) : type, ...bounds].filter((word) => word !== "");
    const preset = shownDefault(parameter);
    const shownPreset = preset === null ? (required ? "required" : "") : code(String(preset));
    const instead =
      example === undefined || preset === example ? "" : ` For example ${code(String(example))}.`;
    return [code(name), kind.join(" "), shownPreset, `${description}${instead}`];
  });
  return table(["`values.`", "type", "default", ""], rows);
}

function ruleText(rule: SecurityRule): string {
  const subject = "middleware" in rule ? [rule.middleware] : "network" in rule ? [rule.network] : [];
  const subjects =
    "networks" in rule ? rule.networks.map((name) => name.replace(/\{\{.*\}\}/, "<instance>")) : subject;
  const of =
    rule.component === undefined
      ? ""
      : ` for ${rule.component === "" ? "the main unit" : code(rule.component)}`;
  const about = subjects.length === 0 ? "" : ` (${codes(subjects)})`;
  const words = `${code(rule.rule)}${about}${of}: ${rule.reason}.`;
  return rule.override === undefined
    ? words
    : `${words} Overridden by ${code(`values: { ${rule.override}: true }`)}.`;
}

function checkText(check: ValidationCheck, shown: Shown): string {
  return `${check.description} (${checkDetail(check, shown)})`;
}

function checkDetail(check: ValidationCheck, shown: Shown): string {
  switch (check.check) {
    case "command":
      return code(shown.some(typeof check.run === "string" ? check.run : check.run.join(" ")));
    case "tcp":
      return `port ${shown.text(check.port)}`;
    case "http":
      return `port ${shown.text(check.port)}, ${code(shown.some(check.path))}`;
    case "route":
      return `${code(shown.text(check.path))} through the reverse proxy: ${check.status.join(", ")}`;
    case "no-log":
      return `no ${code(check.match)} in the journal`;
    case "manual":
      return "by eye";
  }
}

function services({ exampleServices }: Pattern): string {
  const rows = exampleServices.map(({ name, image, port, health, values, notes }) => [
    name,
    code(image),
    port === undefined ? "" : String(port),
    health === undefined ? "" : code(health),
    Object.entries(values)
      .map(([key, value]) => code(`${key}: ${String(value)}`))
      .join(" "),
    notes ?? "",
  ]);
  return table(["service", "image", "port", "health command", "`values`", ""], rows);
}
