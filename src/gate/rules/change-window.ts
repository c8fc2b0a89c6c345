import type { Reason } from "../../model/plan.ts";
import { reason } from "../../model/reasons.ts";
import type { Window } from "../../model/settings-schema.ts";
import { confirmed } from "../approval.ts";
import type { Finding, GateInput, Rule, WindowClosure } from "../input.ts";
import { isRestore } from "../restore.ts";

/**
 * When changes are allowed. Outside the allow windows a plan waits, and a person may approve it. Inside a
 * freeze window only force changes anything. A restore is always allowed.
 */
export const changeWindow: Rule = { name: "change-window", forceable: true, judge };

function judge(input: GateInput): Finding | null {
  const { closed } = input;
  if (closed === null) return null;
  const why = reasonFor(closed);
  if (isRestore(input)) return { state: "open", reasons: [reason("restore"), why] };
  return closed.kind === "frozen" ? { state: "blocked", reasons: [why] } : confirmed(input, [why]);
}

function reasonFor({ kind, by, windows, opensAt }: WindowClosure): Reason {
  const whose = by === null ? "" : ` to ${by}`;
  const which = windows.map(describe).join(", ");
  const next =
    opensAt === null ? "no window will open" : `the next window opens at ${opensAt.replace(/\.\d+/, "")}`;
  return kind === "frozen"
    ? reason("window-frozen", `changes${whose} are frozen (${which}); ${next}`)
    : reason("window-closed", `outside the windows for changes${whose} (${which}); ${next}`);
}

function describe({ cron, for: length, timezone }: Window): string {
  return `"${cron}" for ${hours(length)}${timezone === undefined ? "" : ` ${timezone}`}`;
}

function hours(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes % 1_440 === 0) return `${minutes / 1_440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
