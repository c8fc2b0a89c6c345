import { beforeAll, expect, test } from "vitest";
import { at, type Json, objectAt, serviceOf, textAt } from "../../../src/model/live.ts";
import { driftOf as driftOfRecorded } from "../../support/recorded-drift.ts";
import { describeLab } from "../harness/describe.ts";
import type { LabUser } from "../harness/lab.ts";
import type { Flavour } from "../harness/recipe.ts";
import { type KeyCase, KUBE_CASES, LIMIT_CASES } from "./cases.ts";
import { DriftHost, driftOf, type Observation } from "./host.ts";
import {
  ALL,
  filesOf,
  isFirst,
  isStarted,
  nameOf,
  podYaml,
  ROOTFUL,
  rowOf,
  type Side,
  shownBy,
  unitOf,
} from "./key-units.ts";

const PREPARE = `
  mkdir -p dir-a dir-b log-a log-b context; echo 'FROM localhost/busybox' >context/Containerfile
  echo FILE=a >a.env; echo FILE=b >b.env; printf '[containers]\\n' >a.conf; cp a.conf b.conf
  for x in a b; do
    printf $x | podman secret create secret-$x -
    mkdir rootfs-$x; podman create --name rx localhost/busybox; podman export rx | tar x -C rootfs-$x; podman rm rx
  done`;
/** The libsubid that podman 5.8 comes with gives a name that is no user no ranges. */
const RANGES = `
  useradd --system other
  printf 'other:200000:65536\\nhomelab:100000:65536\\n' | tee /etc/subuid >/etc/subgid`;
/** One podman for all that stand alone is quicker than one for each; what belongs to a pod goes with its service. */
const REMOVE = `
  podman ps -a --format '{{.ID}} {{.Names}} {{.Pod}}' | awk 'NF == 2 && $2 !~ /-service$/ { print $1 }' |
    xargs -r podman rm -f -t 0`;
/** Objects outlive a restart of their units; a pod whose YAML is another now is left behind by podman. */
const CLEAR = `
  for _ in 1 2 3; do podman pod rm -fa -t 0; podman rm -fa -t 0; done
  podman network ls -q | grep -E 'k-Network|net-name' | xargs -r podman network rm -f
  podman volume ls -q | grep -E 'k-Volume|vol-name' | xargs -r podman volume rm -f`;

interface Expected {
  readonly [unit: string]: readonly string[];
}

/** What was renamed is looked for by its new name. */
const RENAMED: readonly string[] = ["Container.ServiceName", "Pod.ServiceName", "Kube.ServiceName"];

type Look = (observed: ReadonlyMap<string, readonly string[]>, cases: readonly KeyCase[]) => Expected;

const pick: Look = (observed, cases) =>
  Object.fromEntries(
    cases.map((one) => [nameOf(one), [...(observed.get(unitOf(one)) ?? ["(no such unit)"])].sort()]),
  );

function expectedOf(cases: readonly KeyCase[], fields: (one: KeyCase) => readonly string[]): Expected {
  return Object.fromEntries(cases.map((one) => [nameOf(one), [...fields(one)].sort()]));
}

/** Describes what drift says of each key that the user can have, on a host of a flavour. */
export function describeKeys(flavour: Flavour, user: LabUser): void {
  const isOurs = (one: KeyCase) => ROOTFUL.includes(nameOf(one)) === (user === "root");
  describeLab(`each drift key on ${flavour}, as ${user}`, { flavour }, (lab) => {
    let host: DriftHost;
    let cases: readonly KeyCase[] = [];
    let services: ReadonlyMap<string, string> = new Map();
    let made: Observation;
    const after = new Map<string, ReadonlyMap<string, readonly string[]>>();

    const servicesOf = (some: readonly KeyCase[]) => some.flatMap((one) => services.get(unitOf(one)) ?? []);
    const startAll = async (side: Side) => {
      const started = cases.filter(isStarted);
      await host.run("start", servicesOf(started.filter((one) => isFirst(one, side))));
      await host.run("start", servicesOf(started.filter((one) => !isFirst(one, side))));
    };
    const look = async (phase: string): Promise<Observation> => {
      const { report, observed } = await host.look();
      after.set(phase, driftOf(report));
      return observed;
    };
    const servicesWanted = async (files: ReadonlyMap<string, string>) => {
      await host.want(files);
      const { generated } = (await host.look()).observed;
      return new Map([...generated.services.values()].map(({ unit, service }) => [unit, service]));
    };
    const seen = (phase: string) => after.get(phase) ?? new Map<string, readonly string[]>();

    beforeAll(async () => {
      host = new DriftHost(lab(), user);
      await host.prepare();
      if (user === "root") await host.sh(RANGES);
      await host.sh(PREPARE);
      const ours = ALL.filter(isOurs);
      const others = filesOf(ours, "other");
      for (const one of KUBE_CASES.filter(isOurs)) {
        others.set(`${unitOf(one)}.yml`, podYaml(`pod-${one.key}`));
        others.set(`${unitOf(one)}-other.yml`, podYaml(`other-${one.key}`));
      }
      const wanted = new Map([...others, ...filesOf(ours, "wanted")]);
      const units = (files: ReadonlyMap<string, string>) =>
        new Map([...files].filter(([name]) => !name.endsWith(".yml")));
      await host.install(others);
      await host.reload();
      // Keys that this podman is too old for make no service.
      const known = await servicesWanted(units(wanted));
      cases = ours.filter((one) => known.has(unitOf(one)));
      services = await servicesWanted(units(others));
      await startAll("other");
      await host.want(units(wanted));
      await host.install(wanted);
      await look("edited");
      await host.reload();
      made = await look("reloaded");
      await host.sh(REMOVE);
      await host.run("stop", servicesOf(cases.filter(isStarted)));
      await host.sh(CLEAR);
      services = known;
      await startAll("wanted");
    });

    test("is known to podman 5.8", () => {
      const missing = ALL.filter(isOurs)
        .filter((one) => !cases.includes(one))
        .map(nameOf);
      if (flavour === "forky") expect(missing).toEqual([]);
      expect(cases.length).toBeGreaterThan(user === "root" ? 3 : 200);
    });

    const plain = () => cases.filter((one) => !RENAMED.includes(nameOf(one)));
    const idle = (one: KeyCase): readonly string[] =>
      isStarted(one) || !/^(Container|Service|Kube)$/.test(one.section) ? [] : ["state"];

    test("is reported by `loaded` after an edit without a reload, and by its field if the object shows it", () => {
      const fields = (one: KeyCase) => [...new Set([...shown(one), ...limits(one), ...idle(one), "loaded"])];
      const shown = (one: KeyCase) =>
        one.section === "Service" ? [] : isStarted(one) || !idle(one).length ? shownBy(one) : [];
      const limits = (one: KeyCase) => (LIMIT_CASES.includes(one) ? [rowOf(one).field] : []);
      expect(pick(seen("edited"), plain())).toEqual(expectedOf(plain(), fields));
    });

    test("is reported by its field, and by nothing else, if the object was made from another text", () => {
      const fields = (one: KeyCase) => {
        if (one.section === "Service") return idle(one);
        return idle(one).length > 0 ? idle(one) : shownBy(one);
      };
      expect(pick(seen("reloaded"), plain())).toEqual(expectedOf(plain(), fields));
    });

    test("is not reported if the object was made from the unit", async () => {
      const now = await look("restarted");
      const started = plain().filter((one) => isStarted(one) || RENAMED.includes(nameOf(one)));
      expect(pick(seen("restarted"), started)).toEqual(expectedOf(started, () => []));
      // The containers as they were, as if they had been made by today's commands.
      const input = { ...now, live: { ...now.live, ...asIfMadeBy(made, now) } };
      const report = driftOfRecorded({
        revision: null,
        host: "x",
        observedAt: "",
        ignore: new Map(),
        ...input,
      });
      after.set("changed since", driftOf(report));
    });

    test("is compared by what podman shows of the object, whatever made it", () => {
      const some = plain().filter((one) => isStarted(one) && /^(Container|Pod)$/.test(one.section));
      const fields = (one: KeyCase) => {
        const { field, live } = rowOf(one);
        return live === undefined ? [] : [field];
      };
      expect(pick(seen("changed since"), some)).toEqual(expectedOf(some, fields));
    });

    test("is reported by its field if `systemctl set-property` changes it", async () => {
      const limits = cases.filter((one) => LIMIT_CASES.includes(one));
      for (const one of limits) await host.setProperty(servicesOf([one])[0] ?? "", one.other);
      await look("limited");
      expect(pick(seen("limited"), limits)).toEqual(expectedOf(limits, (one) => [rowOf(one).field]));
    });
  });
}

/** Containers and pods of `then`, with the commands that made those of `now` for the same services. */
function asIfMadeBy(then: Observation, now: Observation): Pick<Observation["live"], "containers" | "pods"> {
  const commands = new Map(
    now.live.containers.map((one) => [serviceOf(one), at(one, "Config", "CreateCommand")]),
  );
  const podCommands = new Map(now.live.pods.map((one) => [podService(one), at(one, "CreateCommand")]));
  return {
    containers: then.live.containers.map((one) => ({
      ...objectAt(one),
      Config: { ...objectAt(one, "Config"), CreateCommand: commands.get(serviceOf(one)) ?? null },
    })),
    pods: then.live.pods.map((one) => ({
      ...objectAt(one),
      CreateCommand: podCommands.get(podService(one)) ?? null,
    })),
  };
}

function podService(pod: Json): string {
  return textAt(objectAt(pod, "Labels"), "PODMAN_SYSTEMD_UNIT");
}
