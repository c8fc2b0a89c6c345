import fc from "fast-check";

/** What one instance of a random homelab is like; the same record always gives the same text. */
interface Member {
  readonly kind: "web" | "cache" | "raw";
  readonly image: number;
  readonly networks: readonly string[];
  readonly value: number;
  readonly dependsOn: readonly string[];
}

export interface RandomHomelab {
  readonly members: Readonly<Record<string, Member>>;
  /** Third byte of the declared networks' subnets. */
  readonly subnets: Readonly<Record<string, number>>;
}

const NAMES = ["alpha", "beta", "gamma"] as const;
const NETWORKS = ["front", "back"] as const;

const member: fc.Arbitrary<Member> = fc.record({
  kind: fc.constantFrom("web", "cache", "raw"),
  image: fc.integer({ min: 1, max: 3 }),
  networks: fc.subarray([...NETWORKS]),
  value: fc.integer({ min: 1, max: 3 }),
  dependsOn: fc.subarray([...NAMES], { maxLength: 1 }),
});

/** Up to three instances of both patterns and raw units, on up to two declared networks. */
export const homelab: fc.Arbitrary<RandomHomelab> = fc.record({
  members: fc.dictionary(fc.constantFrom(...NAMES), member, { minKeys: 1, noNullPrototype: true }),
  subnets: fc.dictionary(fc.constantFrom(...NETWORKS), fc.integer({ min: 1, max: 4 }), {
    noNullPrototype: true,
  }),
});

/** The repository's files. */
export function filesOf({ members, subnets }: RandomHomelab): Record<string, string> {
  const present = new Set(Object.keys(members));
  const files = Object.entries(members).flatMap(([name, one]): [string, string][] => {
    // Without circles: only what comes earlier in the alphabet is waited for.
    const before = one.dependsOn.filter((other) => present.has(other) && other < name);
    if (one.kind === "web") return [[`desired-state/${name}.yaml`, web(name, one, before)]];
    if (one.kind === "cache") return [[`desired-state/${name}.yaml`, cache(one, before)]];
    return Object.entries(raw(name, one));
  });
  const rows = Object.entries(subnets).map(
    ([name, third]) => `${name}: { subnet: 10.${name === "front" ? 80 : 90}.${third}.0/24 }\n`,
  );
  return {
    ...Object.fromEntries(files),
    ...(rows.length > 0 && { "desired-state/networks.yaml": rows.join("") }),
  };
}

function web(name: string, { image, networks, value }: Member, dependsOn: readonly string[]): string {
  return `pattern: reverse-proxy-backend
image: docker.io/library/web:${image}
hostname: ${name}.example.org
port: ${8000 + value}
networks: ${JSON.stringify(["reverse_proxy", ...networks])}
dependsOn: ${JSON.stringify(dependsOn)}
${image === 1 ? 'health: { cmd: "true", interval: 1h }\n' : ""}`;
}

function cache({ value, networks }: Member, dependsOn: readonly string[]): string {
  const persistence = ["ephemeral", "rdb", "aof"][value - 1];
  return `pattern: cache-service
networks: ${JSON.stringify(networks.length > 0 ? networks : ["back"])}
values: { persistence: ${persistence} }
dependsOn: ${JSON.stringify(dependsOn)}
`;
}

function raw(name: string, { image, networks, value }: Member): Record<string, string> {
  const lines = networks.map((network) => `Network=${network}.network\n`).join("");
  const volume = value > 1 ? `Volume=${name}.volume:/data\n` : "";
  const base = `desired-state/${name}`;
  return {
    [`${base}.container`]: `[Container]\nImage=docker.io/library/raw:${image}\n${lines}${volume}`,
    ...(value > 1 && { [`${base}.volume`]: "[Volume]\n" }),
    ...(value > 2 && { [`${base}.container.d/10-more.conf`]: `[Container]\nEnvironment=IMAGE=${image}\n` }),
  };
}
