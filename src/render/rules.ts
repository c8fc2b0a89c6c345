import type { PatternInstance } from "../model/instance.ts";
import type { Pattern, SecurityRule } from "../model/pattern.ts";
import { middlewareName } from "./access.ts";
import type { Findings } from "./issues.ts";
import { parseNetwork } from "./networks.ts";
import { plainSecret } from "./plain-secrets.ts";
import { splitWords } from "./quote-values.ts";
import type { Route } from "./route.ts";
import type { UnitLine } from "./unit-text.ts";

/** A component's finished unit, as far as rules look at it. */
interface JudgedPart {
  readonly component: string;
  readonly lines: readonly UnitLine[];
}

/** What a rule judges: the finished units, after merging the manifest and its `quadlet:`. */
export interface RuleInput {
  readonly instance: PatternInstance;
  readonly parts: readonly JudgedPart[];
  readonly route: Route | undefined;
}

/** What one rule judges: the lines of its components. */
interface JudgedLines extends RuleInput {
  readonly lines: readonly UnitLine[];
}

interface Breach {
  readonly what: string;
  readonly path: string | undefined;
}

type Check<Rule> = (rule: Rule, judged: JudgedLines) => Breach | undefined;
type Checks = { readonly [Name in SecurityRule["rule"]]: Check<Extract<SecurityRule, { rule: Name }>> };

const PUBLISH_FLAG = /^(-[a-zA-Z]*[pP]|--publish(-all)?(=|$))/;
const NETWORK_FLAG = /^--(network|net|pod)(=|$)/;

function container(judged: JudgedLines, ...keys: readonly string[]): readonly UnitLine[] {
  return judged.lines.filter((line) => line.section === "Container" && keys.includes(line.key));
}

function breach(line: UnitLine, what: string): Breach {
  return { what, path: line.path };
}

/** Whether a hand-written PodmanArgs= has a flag; those of templates are the pattern's own choice. */
function hasFlag(line: UnitLine, flag: RegExp): boolean {
  if (line.path?.startsWith("quadlet.") !== true) return false;
  const words = splitWords([{ text: line.value, output: false }]);
  return words.some((word) =>
    flag.test(
      word.pieces
        .map((piece) => piece.text)
        .join("")
        .replace(/["']/g, ""),
    ),
  );
}

/** A line that makes a port reachable around the reverse proxy. */
function publishing(line: UnitLine): boolean {
  if (line.key === "PublishPort" || line.key === "Pod") return line.value !== "";
  if (line.key === "PodmanArgs") return hasFlag(line, PUBLISH_FLAG) || hasFlag(line, NETWORK_FLAG);
  return /^(host|container|ns|slirp4netns|pasta)(:|$)|\.container(:|$)/.test(line.value);
}

const CHECKS: Checks = {
  "no-published-ports": (_rule, judged) => {
    const line = container(judged, "PublishPort", "Pod", "PodmanArgs", "Network").find(publishing);
    return line === undefined ? undefined : breach(line, `${line.key}=${line.value} publishes ports`);
  },
  "require-middleware": (rule, judged) => {
    const wanted = middlewareName(rule.middleware);
    const bypass = traefikLabel(judged);
    if (bypass !== undefined) return bypass;
    if (judged.route === undefined || judged.route.middlewares.includes(wanted)) return undefined;
    return { what: `the route does not run ${wanted}`, path: routePath(judged.instance) };
  },
  "forbid-middleware": (rule, judged) => {
    const unwanted = middlewareName(rule.middleware);
    const bypass = traefikLabel(judged);
    if (bypass !== undefined) return bypass;
    if (!judged.route?.middlewares.includes(unwanted)) return undefined;
    return { what: `the route runs ${unwanted}`, path: routePath(judged.instance) };
  },
  "forbid-network": (rule, judged) => {
    const line = container(judged, "Network", "PodmanArgs", "Pod").find((candidate) => {
      if (candidate.key === "PodmanArgs") return hasFlag(candidate, NETWORK_FLAG);
      return candidate.key === "Pod" || parseNetwork(candidate.value)?.network === rule.network;
    });
    return line === undefined
      ? undefined
      : breach(line, `${line.key}=${line.value} may put it on ${rule.network}`);
  },
  "only-networks": (rule, judged) => {
    const allowed = rule.networks.map((network) =>
      network.replaceAll(/\{\{\s*instance\s*\}\}/g, judged.instance.name),
    );
    const line = container(judged, "Network", "PodmanArgs", "Pod").find((candidate) => {
      if (candidate.key === "PodmanArgs") return hasFlag(candidate, NETWORK_FLAG);
      if (candidate.key === "Pod") return candidate.value !== "";
      const network = parseNetwork(candidate.value)?.network;
      return candidate.value !== "none" && (network === undefined || !allowed.includes(network));
    });
    return line === undefined
      ? undefined
      : breach(line, `${line.key}=${line.value} is not one of these networks: ${allowed.join(", ")}`);
  },
  "no-plain-secrets": (_rule, judged) => {
    const lines = container(judged, "Environment", "PodmanArgs");
    const found = lines.flatMap((line) => (plainSecret(line) === undefined ? [] : [line]))[0];
    if (found === undefined) return undefined;
    return breach(found, `the environment has ${plainSecret(found)} in plain text`);
  },
  "no-route": (_rule, judged) => {
    if (judged.instance.spec.hostname !== undefined) return { what: "it has a hostname", path: "hostname" };
    const { route } = judged.instance.spec;
    if (route !== undefined && route.access !== "none") return { what: "it has a route", path: "route" };
    return traefikLabel(judged);
  },
};

function routePath(instance: PatternInstance): string {
  return instance.spec.route?.middlewares === undefined ? "route.access" : "route.middlewares";
}

/** Hand-written Traefik labels would make a second way in that no rule sees. */
function traefikLabel(judged: RuleInput): Breach | undefined {
  const { labels, quadlet } = judged.instance.spec;
  const name = Object.keys(labels).find((label) => label.startsWith("traefik."));
  if (name !== undefined)
    return { what: `the label ${name} routes around the pattern`, path: `labels.${name}` };
  const verbatim = [quadlet.Container?.Label ?? [], quadlet.Container?.PodmanArgs ?? []].flat();
  const line = verbatim.find((text) => text.includes("traefik."));
  return line === undefined
    ? undefined
    : { what: `${line} routes around the pattern`, path: "quadlet.Container" };
}

function check<Rule extends SecurityRule>(rule: Rule, judged: RuleInput): Breach | undefined {
  const run = CHECKS[rule.rule] as Check<Rule>;
  const parts = judged.parts.filter(
    ({ component }) => rule.component === undefined || rule.component === component,
  );
  return run(rule, { ...judged, lines: parts.flatMap(({ lines }) => lines) });
}

/** Checks an instance's finished containers against its pattern's rules, except the overridden ones. */
export function enforceRules(pattern: Pattern, judged: RuleInput, findings: Findings): void {
  for (const rule of pattern.rules) {
    if (rule.override !== undefined && judged.instance.spec.values[rule.override] === true) continue;
    const found = check(rule, judged);
    if (found === undefined) continue;
    findings.add("rule-broken", `${found.what}, which ${pattern.name} does not allow: ${rule.reason}`, {
      path: found.path,
      hint: [`rule ${rule.rule}`, ...(ADVICE[rule.rule] ?? []), ...wayAround(rule)].join("; "),
    });
  }
}

/** What to do instead, if the rule itself does not say so. */
const ADVICE: Partial<Readonly<Record<SecurityRule["rule"], readonly string[]>>> = {
  "no-plain-secrets": ["create a podman secret and list it under `secrets` with type: env"],
};

function wayAround({ override }: SecurityRule): readonly string[] {
  return override === undefined ? [] : [`to allow it anyway: values: { ${override}: true }`];
}
