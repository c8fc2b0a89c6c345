import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeLab } from "../harness/describe.ts";
import type { Flavour, Lab } from "../harness/lab.ts";
import { installAgent } from "../remote-host.ts";
import { AGAIN, ENDS, type End, FAILED, RESTARTED, RESTARTS, STOPPED, unitOf } from "./ends.ts";
import { eventsOf, type Machine, openMachine, told } from "./machine.ts";

/** systemd and podman need a moment, and the machine is busy. */
const WAIT = { timeout: 120_000, interval: 1_000 };

/** Whatever ends a service, on a release: what the journal and podman then say. */
export function describeEvidence(flavour: Flavour): void {
  describeLab(`the evidence of an end on ${flavour}`, { flavour }, (lab) => {
    beforeAll(() => installAgent(lab()));
    describe("of a user's services", () => endsOf(lab, "homelab"));
    describe("of the system's services", () => endsOf(lab, "root"));
  });
}

/** What is expected to be told of each service. */
type Told = Readonly<Record<string, { readonly journal: string; readonly events: string }>>;

function endsOf(lab: () => Lab, user: "homelab" | "root"): void {
  let machine: Machine;
  let begin: ReturnType<Machine["now"]>;
  beforeAll(async () => {
    machine = await openMachine(lab(), user);
    await machine.put(new Map([...unitsOfEnds(), ...unitsOfDependencies()]));
    const names = [...unitsOfEnds().keys(), ...unitsOfDependencies().keys()].map(serviceOf).join(" ");
    // podman tells of a start a moment after systemd calls it done.
    await machine.sh(`CTL start ${names}; sleep 2`);
    begin = machine.now();
  });
  afterAll(() => machine.close());

  const expectTold = async (expected: Told) => {
    const services = Object.keys(expected);
    const look = async () => {
      const happenings = await machine.host.systemd.history(services, begin.since);
      const events = await machine.host.podman.events(begin.wallMs);
      return Object.fromEntries(
        services.map((one) => [one, { journal: told(happenings, one), events: eventsOf(events, one) }]),
      );
    };
    await expect.poll(look, WAIT).toEqual(expected);
  };

  test.each(RESTARTS)("is told apart as far as it can be, with Restart=%s", async (restart) => {
    const commands = ENDS.map(({ name, command }) => command.replaceAll("NAME", `${name}-${restart}`));
    await machine.sh(`${commands.join(" &\n")} &\nwait`);
    await expectTold(
      Object.fromEntries(
        ENDS.map((end) => [
          `${end.name}-${restart}.service`,
          expectedOf(end, end.again.includes(restart), machine.rootless),
        ]),
      ),
    );
  });

  test("includes that of a dependency", async () => {
    const commands = DEPENDENCIES.map(({ name, command }) => command.replaceAll("NAME", `${name}-db`));
    await machine.sh(`${commands.join(" &\n")} &\nwait`);
    const rows = DEPENDENCIES.flatMap(({ name, db, app }) => [
      [`${name}-db.service`, expectedOf(db, false, machine.rootless)],
      [`${name}-app.service`, expectedOf(app, false, machine.rootless)],
    ]);
    await expectTold(Object.fromEntries(rows));
  });
}

type Marks = Pick<End, "journal" | "events" | "rootfulEvents">;

const NOTHING: Marks = { journal: "", events: "" };
const KILLED: Marks = { ...FAILED, events: "kill died remove" };

/** What becomes of a database and of the application that depends on it. */
const DEPENDENCIES: readonly {
  readonly name: string;
  readonly key: string;
  readonly command: string;
  readonly db: Marks;
  readonly app: Marks;
}[] = [
  { name: "binds-stop", key: "BindsTo", command: "CTL stop NAME", db: STOPPED, app: STOPPED },
  { name: "binds-kill", key: "BindsTo", command: "podman kill NAME", db: KILLED, app: STOPPED },
  { name: "part-stop", key: "PartOf", command: "CTL stop NAME", db: STOPPED, app: STOPPED },
  { name: "part-kill", key: "PartOf", command: "podman kill NAME", db: KILLED, app: NOTHING },
  { name: "part-restart", key: "PartOf", command: "CTL restart NAME", db: RESTARTED, app: RESTARTED },
  { name: "requires-stop", key: "Requires", command: "CTL stop NAME", db: STOPPED, app: STOPPED },
];

function expectedOf({ journal, events, rootfulEvents }: Marks, isAgain: boolean, rootless: boolean) {
  const said = rootless ? journal.replaceAll(/~\w+ ?/g, "") : journal.replaceAll("~", "");
  const seen = (rootless ? undefined : rootfulEvents) ?? events;
  const join = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(" ");
  return {
    journal: isAgain ? join(said, AGAIN.journal) : said,
    events: isAgain ? join(seen, AGAIN.events) : seen,
  };
}

const serviceOf = (file: string) => file.replace(/\.container$/, ".service");

function unitsOfEnds(): ReadonlyMap<string, string> {
  const all = ENDS.flatMap((end) =>
    RESTARTS.map((restart) => ({ end, restart, name: `${end.name}-${restart}` })),
  );
  return new Map(all.map(({ end, restart, name }) => [`${name}.container`, unitOf(name, restart, end)]));
}

function unitsOfDependencies(): ReadonlyMap<string, string> {
  return new Map(
    DEPENDENCIES.flatMap(({ name, key }) => {
      const unit = `${key}=${name}-db.service\nAfter=${name}-db.service`;
      return [
        [`${name}-db.container`, unitOf(`${name}-db`, "no")] as const,
        [`${name}-app.container`, unitOf(`${name}-app`, "always", { unit })] as const,
      ];
    }),
  );
}
