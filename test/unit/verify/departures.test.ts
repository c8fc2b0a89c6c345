import { describe, expect, it } from "vitest";
import type { ContainerEvent, Happening } from "../../../src/model/evidence.ts";
import { departuresOf } from "../../../src/verify/departures.ts";

/** The wall clock began with the boot here, so that both clocks say the same. */
function note(service: string, kind: Happening["kind"], ms: number): Happening {
  return { service, kind, at: { boot: "b", ms }, wallMs: ms, invocation: "i" };
}
const event = (status: string, wallMs: number): ContainerEvent => ({
  service: "member.service",
  container: "member",
  status,
  wallMs,
});
const QUERY = {
  service: "member.service",
  sinceMs: 0,
  isAsked: false,
  sakes: new Set(["app-pod.service"]),
  isPod: false,
  actsOnHealth: false,
  isChecked: false,
};
const HISTORY = [
  note("member.service", "starting", 1_000),
  note("member.service", "started", 1_100),
  note("app-pod.service", "exited", 3_300),
  note("member.service", "stopping", 3_400),
  note("member.service", "exited", 3_500),
];

describe("the last member of a pod, which systemd stops for the pod's sake,", () => {
  it.each([
    [
      "ended by itself if its container had died before",
      [event("start", 1_050), event("died", 3_200)],
      "ended",
    ],
    [
      "was taken along if its container died of the stop",
      [event("start", 1_050), event("died", 3_450)],
      "along",
    ],
    ["was taken along if its run before had died", [event("died", 950), event("start", 1_050)], "along"],
    ["was taken along as far as is known without events", undefined, "along"],
  ])("%s", (_, events, how) => {
    const departures = departuresOf({ history: HISTORY, events }, QUERY);
    expect(departures.map((one) => one.how)).toEqual([how]);
  });
});

describe("a pod whose end the journal does not have, because that was with success,", () => {
  const silent = HISTORY.filter(({ service }) => service === "member.service");
  const died = (service: string, wallMs: number): ContainerEvent => ({ ...event("died", wallMs), service });

  it("hides from its last member's text neither an end nor a stop", () => {
    const howAfter = (wallMs: number) => {
      const events = [event("start", 1_050), event("died", wallMs), died("app-pod.service", 3_300)];
      return departuresOf({ history: silent, events }, QUERY).map(({ how }) => how);
    };
    expect([howAfter(3_200), howAfter(3_450)]).toEqual([["ended"], ["asked"]]);
  });

  it("was taken along by a member whose end the journal does not have either", () => {
    const query = {
      ...QUERY,
      service: "app-pod.service",
      sakes: new Set(["member.service"]),
      isPod: true,
      down: { at: { boot: "b", ms: 3_300 }, wallMs: 3_300, byJob: false, success: true },
    };
    const history = [note("app-pod.service", "starting", 900), note("app-pod.service", "started", 950)];
    const howWith = (events: readonly ContainerEvent[]) =>
      departuresOf({ history, events }, query).map(({ how, by }) => [how, by]);
    expect(howWith([event("died", 3_200)])).toEqual([["along", "member.service"]]);
    expect(howWith([died("app-pod.service", 3_300)])).toEqual([["ended", undefined]]);
  });
});

describe("a run that was seen", () => {
  it("hides the ends of those before it, which were judged or are of another text", () => {
    const noted = (kind: Happening["kind"], ms: number, invocation: string) => ({
      ...note("member.service", kind, ms),
      invocation,
    });
    const history = [
      noted("restart-scheduled", 1_000, "a"),
      noted("starting", 1_010, "b"),
      noted("started", 1_020, "b"),
      { ...noted("stopped", 1_040, "b"), job: "restart" },
      noted("starting", 1_050, "c"),
      noted("started", 1_060, "c"),
      { ...noted("stopping", 1_300, "c"), job: "stop" },
    ];
    const seen = departuresOf({ history, events: [] }, { ...QUERY, sinceMs: 990, seen: "c" });
    expect(seen.map(({ how, at }) => [how, at.ms])).toEqual([["asked", 1_300]]);
    const unseen = departuresOf({ history, events: [] }, { ...QUERY, sinceMs: 990 });
    expect(unseen.map(({ how }) => how)).toEqual(["ended", "asked", "asked"]);
  });
});

describe("a container that somebody restarts through podman", () => {
  const run = (invocation: string, at: number) => [
    { ...note("member.service", "starting", at), invocation },
    { ...note("member.service", "started", at + 50), invocation },
  ];
  const scheduled = (at: number) => ({ ...note("member.service", "restart-scheduled", at), invocation: "a" });

  it("had ended by itself before, if that was in the run before", () => {
    const history = [
      ...run("a", 1_000),
      scheduled(5_100),
      ...run("b", 5_150),
      scheduled(5_400),
      ...run("c", 5_450),
    ];
    const events = [event("died", 5_000), event("restart", 5_300), event("died", 5_301)];
    const departures = departuresOf({ history, events }, QUERY);
    expect(departures.map(({ how }) => how)).toEqual(["ended", "asked"]);
  });
});
