import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Identifiers that came before the field's terms, and what stands for each now. */
const FORMER: readonly (readonly [former: RegExp, today: string])[] = [
  [
    /\bsettle\w*\(|\bisSettled\b|\blookUntilSettled\b/,
    "markApplied, retryWhileUnhealthy, supersedes, waitUntilReady",
  ],
  [/\bgoingBack\b|\bgoBack\b|\bwithGoingBack\b|\brollBack\b|\bwithRollbacks\b|\bonTheirWayBack\b/, "putBack"],
  [/\bheldServices\b|\bspareHeld\b|\bheldNames\b/, "keptServices, keepRunning: only the gate holds"],
  [/\bfrozenInstances\b|\bfreezeNeedy\b|\bplan\.frozen\b/, "leftAlone"],
  [/\bsurvey\w*\(|\bSurvey\b/, "planHost, HostPlan"],
  [/\bstanding\b(?=[:.,(])|\bStanding\b|\breaction\w*\(|\bReaction\b/, "driftPolicy, DriftPolicies"],
  [/\bLedger\b|\bledger\b|\bpeople\.ts\b|\bpast\.ts\b/, "inventoryLog, approvals, history"],
  [/\bstrays\b|\bstrangers\b|\bStray\b/, "foreign, orphaned, unclaimed"],
  [
    /\brippl\w*\(|\b[dD]ragged\b|\btakenDown\b|\bTakenDown\b|\bspared\b|\bneedy\b/,
    "propagateRestarts, sideEffects, kept",
  ],
  [/\bnotifyDaemon\b|\bnotifySocketPath\b|\bNotifyAnswer\b/, "triggerDaemon, triggerSocketPath"],
];
/** File names that say nothing without their folder. */
const VAGUE = ["words.ts", "needs.ts", "settings.ts", "utils.ts", "helpers.ts", "common.ts", "misc.ts"];

function filesBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !join(root, file).endsWith("unit/words.test.ts"))
    .map((file) => join(root, file));
}

const files = ["src", "test", "scripts"].flatMap(filesBelow);

describe("the project's words", () => {
  it.each(FORMER)("do not include %s", (former, today) => {
    const found = files.filter((file) => former.test(readFileSync(file, "utf8")));
    expect({ today, found }).toEqual({ today, found: [] });
  });

  it("name each source file so that it can be understood without its folder", () => {
    const vague = files.filter(
      (file) => file.startsWith("src/") && VAGUE.some((name) => file.endsWith(`/${name}`)),
    );
    expect(vague).toEqual([]);
  });
});
