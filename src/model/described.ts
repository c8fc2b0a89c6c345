import type { CommonIssue, InstanceCheck } from "./check.ts";

/** What quadgate tells people about a deployed instance: everything decided, with its real values. */
export interface InstanceDescription {
  readonly instance: string;
  readonly pattern: string;
  /** The pattern's title: `Cache service`. */
  readonly title: string;
  readonly description: string;
  readonly hostname: string | null;
  /** The port that the service listens on; null if none was decided. */
  readonly port: string | null;
  /** The way in through the reverse proxy; null if there is none. */
  readonly route: { readonly url: string; readonly middlewares: readonly string[] } | null;
  /** What Prometheus scrapes: `name:port/path every 15s`. */
  readonly metrics: readonly string[];
  /** What to do before the first deployment, and after each, in order. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly commonIssues: readonly CommonIssue[];
  /** What to check once it runs; checks for people are among `after`. */
  readonly checks: readonly InstanceCheck[];
}
