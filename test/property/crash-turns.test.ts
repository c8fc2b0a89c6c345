import { afterAll, beforeAll, it } from "vitest";
import { interruptEach, prepare, type Scenario, type Stage } from "../support/crash.ts";
import { HOMELAB, NETWORKS, NEW, OK, web, without } from "../support/crash-homelab.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";

/** git has changed its mind by the time of the next sync. */
const TURNS: readonly Scenario[] = [
  {
    title: "create, then delete",
    before: [],
    after: HOMELAB,
    next: without(HOMELAB, "web.yaml"),
    results: OK,
  },
  {
    title: "redefine a network, then undo that",
    before: [HOMELAB],
    after: { ...HOMELAB, ...NETWORKS },
    next: HOMELAB,
    results: OK,
  },
  {
    title: "create a network, then redefine it",
    before: [],
    after: HOMELAB,
    next: { ...HOMELAB, ...NETWORKS },
    results: OK,
  },
  {
    title: "delete, then create again",
    before: [{ ...HOMELAB, ...NEW }],
    after: without(HOMELAB, "web.yaml"),
    next: { ...HOMELAB, ...NEW },
    results: OK,
  },
  {
    title: "break an instance, then fix it",
    before: [HOMELAB],
    after: { ...HOMELAB, "desired-state/web.yaml": web("web:sick") },
    behaviours: { "docker.io/library/web:sick": { kind: "unhealthy" } },
    next: { ...HOMELAB, "desired-state/web.yaml": web("web:2") },
    results: OK,
  },
];

describeFakeHost("a sync that dies before git changes its mind", () => {
  for (const scenario of TURNS) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await prepare(scenario);
    });
    afterAll(() => stage?.repository.remove());

    it(`does not obstruct the next one: ${scenario.title}`, () => interruptEach(() => stage, "dies"));
  }
});
