import { afterAll, beforeAll, it } from "vitest";
import { interruptEach, prepare, type Scenario, type Stage } from "../support/crash.ts";
import { container, HOMELAB, NETWORKS, NEW, OK, web, without } from "../support/crash-homelab.ts";
import { describeFakeHost } from "../support/fake-host/describe.ts";

const SCENARIOS: readonly Scenario[] = [
  { title: "create", before: [], after: HOMELAB, results: OK },
  {
    title: "update",
    before: [HOMELAB],
    after: {
      ...HOMELAB,
      "desired-state/web.yaml": web("web:2"),
      "desired-state/db.container": container("db:1", "Network=shared.network\nEnvironment=A=b\n"),
    },
    results: OK,
  },
  {
    title: "delete",
    before: [{ ...HOMELAB, ...NEW }],
    after: without(HOMELAB, "web.yaml", "db.volume", "db.container"),
    results: OK,
  },
  { title: "redefine a network", before: [HOMELAB], after: { ...HOMELAB, ...NETWORKS }, results: OK },
  {
    title: "redefine a network and the containers on it",
    before: [HOMELAB],
    after: { ...HOMELAB, ...NETWORKS, "desired-state/web.yaml": web("web:2") },
    results: OK,
  },
  {
    title: "move to another network",
    before: [{ ...HOMELAB, ...NEW }],
    after: { ...HOMELAB, "desired-state/new.container": container("new:1", "Network=other.network\n") },
    results: OK,
  },
  {
    title: "put back an instance that does not become healthy",
    before: [HOMELAB],
    after: { ...HOMELAB, "desired-state/web.yaml": web("web:sick") },
    behaviours: { "docker.io/library/web:sick": { kind: "unhealthy" } },
    results: ["rolled-back"],
  },
];

describeFakeHost("an interrupted sync", () => {
  for (const scenario of SCENARIOS) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await prepare(scenario);
    });
    afterAll(() => stage?.repository.remove());

    it(`that dies anywhere is finished by the next one: ${scenario.title}`, () =>
      interruptEach(() => stage, "dies"));
    it(`in which a call fails is finished by the next one: ${scenario.title}`, () =>
      interruptEach(() => stage, "fails", 2));
    it(`in which an answer is lost is finished by the next one: ${scenario.title}`, () =>
      interruptEach(() => stage, "lost", 3));
  }
});
