import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Identifiers that came before the field's terms, and what stands for each now. */
const FORMER: readonly (readonly [former: RegExp, today: string])[] = [
  [/\b\w+UntilSettled\b|\bSettleOptions\b/, "retryWhileUnhealthy, supersedes, waitUntilReady"],
  [/\bgoingBack\b|\bgoBack\b|\bwithGoingBack\b|\brollBack\b|\bwithRollbacks\b|\bonTheirWayBack\b/, "putBack"],
  [
    /\bheldServices\b|\bspareHeld\b|\bheldNames\b|\bheldBy\w*\b/,
    "keptServices, keepRunning: only the gate holds",
  ],
  [/\bfrozenInstances\b|\bplan\.frozen\b|\bfrozen\.(?:has|get|size|keys|values|entries)\b/, "leftAlone"],
  [/\bsurvey\w*\(|\bSurvey(?:Options)?\b|\bseenAs\b/, "planHost, HostPlan, observation"],
  [
    /\bstanding\b(?=[:.,(])|\breadStanding\b|\bStanding\b|\breaction\w*\(|\bReaction\b/,
    "driftPolicy, DriftPolicies",
  ],
  [/\bLedger\b|\bledger\b|\bPast\b(?=[;,[<>)]| \{)/, "inventoryLog, approvals, history"],
  [/\bstrays\b|\bstrangers\w*\b|\bStray\b|\bstray(?:Containers|Drift|Of)\b/, "foreign, orphaned, unclaimed"],
  [/\brippl\w*\b/, "propagateRestarts"],
  [/\b(?:with)?[dD]ragged\b|\btakenDown\b|\bTakenDown\b/, "sideEffects"],
  [/\bspared?\(|\bspared\b|\b(?:freezeN|n)eedy\b/, "kept, unmetNeeds"],
  [
    /\bnotifyDaemon\b|\bnotifySocketPath\b|\bNotifyAnswer\b|\bnotify(?:Answer|Request)Schema\b/,
    "triggerDaemon, triggerSocketPath, triggerAnswerSchema",
  ],
];
/** Files that were named by those words. */
const FORMER_FILES = new RegExp(
  "/(settle|going-back|hold|frozen|survey|seen|standing|reaction|past|people|ledger|strays|strangers" +
    "|ripple|dragged|taken-down|spare|needy|commands/notify)(\\.test)?\\.ts$",
);
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

  it("do not name files either", () => {
    expect(files.filter((file) => FORMER_FILES.test(file))).toEqual([]);
  });

  it("name each source file so that it can be understood without its folder", () => {
    const vague = files.filter(
      (file) => file.startsWith("src/") && VAGUE.some((name) => file.endsWith(`/${name}`)),
    );
    expect(vague).toEqual([]);
  });
});
