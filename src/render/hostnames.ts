import type { Findings } from "./issues.ts";
import type { RenderedInstance } from "./pattern-instance.ts";

interface Attempt {
  readonly instance: { readonly name: string };
  readonly findings: Findings;
  readonly rendered: RenderedInstance;
}

/** A rule that only hostnames decide; one that also looks at paths or headers may share its hostname. */
const HOSTS_ALONE = /^Host\(`[^`]+`(?:,\s*`[^`]+`)*\)(?:\s*\|\|\s*Host\(`[^`]+`(?:,\s*`[^`]+`)*\))*$/;
const RULE_LABEL = /^\s*Label\s*=.*?traefik\.http\.routers\.[^.\s=]+\.rule=(.*)$/gim;

/** Hostnames that hand-written labels of a Quadlet text claim entirely. */
export function labelledHostnames(unitText: string): readonly string[] {
  return [...unitText.matchAll(RULE_LABEL)].flatMap(([, rest = ""]) => {
    const rule = rest.trim().replace(/["'].*$/, "");
    return HOSTS_ALONE.test(rule) ? [...rule.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "") : [];
  });
}

function hostnamesOf({ rendered }: Attempt): ReadonlySet<string> {
  const labelled = rendered.units
    .filter(({ kind }) => kind === "container" || kind === "dropin")
    .flatMap(({ content }) => labelledHostnames(content));
  const own = rendered.route === undefined ? [] : [rendered.route.hostname];
  return new Set([...own, ...labelled].map((name) => name.toLowerCase()));
}

/** Traefik would answer for a hostname with either instance, so it is an error on both. */
export function flagSharedHostnames(attempts: readonly Attempt[]): void {
  const claims = new Map<string, Attempt[]>();
  for (const one of attempts) {
    for (const name of hostnamesOf(one)) claims.set(name, [...(claims.get(name) ?? []), one]);
  }
  for (const [hostname, sharing] of claims) {
    if (sharing.length < 2) continue;
    const names = sharing.map((one) => one.instance.name).join(" and ");
    for (const one of sharing) {
      one.findings.add("hostname-taken", `${names} both ask for ${hostname}`, {
        path: "hostname",
        hint: "a hostname leads to a single instance; change one of them",
      });
    }
  }
}
