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
