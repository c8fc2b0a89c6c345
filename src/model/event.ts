import type { CheckCounts } from "./check.ts";
import type { ImageNeed, ImageProgress } from "./image-need.ts";
import type { Outcome, Plan, Verdict } from "./plan.ts";
import type { SyncRecord } from "./record.ts";

export type Step =
  | "source"
  | "manifest"
  | "render"
  | "route"
  | "check"
  | "observe"
  | "plan"
  | "gate"
  | "pull"
  | "apply"
  | "verify"
  | "validate"
  | "record"
  | "document";

/** What happens during a sync, for the terminal, the log, metrics and the web page. Never holds a secret. */
export type SyncEvent =
  | { readonly type: "step-started"; readonly step: Step; readonly message?: string }
  | {
      readonly type: "step-finished";
      readonly step: Step;
      readonly durationMs: number;
      readonly message?: string;
    }
  | { readonly type: "planned"; readonly plan: Plan }
  /** The host is not healthy enough for the plan; quadgate looks at it again after a while. */
  | {
      readonly type: "looked";
      readonly message: string;
      /** Which look this was, and how many there are at most. */
      readonly look: number;
      readonly of: number;
      readonly waitMs: number;
    }
  | { readonly type: "judged"; readonly verdict: Verdict }
  | {
      readonly type: "unit-started";
      readonly instance: string;
      readonly unit: string;
      readonly action: string;
    }
  | { readonly type: "unit-finished"; readonly outcome: Outcome }
  | { readonly type: "waiting"; readonly message: string }
  | ({ readonly type: "image-started" } & ImageEvent)
  | ({ readonly type: "image-progress"; readonly progress: ImageProgress } & ImageEvent)
  /** `problem` is absent if the image is there now. */
  | ({
      readonly type: "image-finished";
      readonly durationMs: number;
      readonly problem?: string;
    } & ImageEvent)
  /**
   * What a failed service or hook wrote last. It may hold anything: it is for a person's eyes, and never
   * stored.
   */
  | { readonly type: "journal"; readonly unit: string; readonly lines: readonly string[] }
  | { readonly type: "warning"; readonly message: string }
  /** The number of a service's checks by result. */
  | { readonly type: "checked"; readonly counts: CheckCounts }
  | { readonly type: "recorded"; readonly record: SyncRecord };

/** About an image that podman pulls or builds before anything stops. */
type ImageEvent = Pick<ImageNeed, "image" | "how">;

export type Emit = (event: SyncEvent) => void;
