/** What became of a text that a sync has applied. */
export type TextEnding =
  | { readonly kind: "verified" }
  /** It waits by its own rules, such as a socket's service. */
  | { readonly kind: "waits"; readonly message: string }
  | {
      readonly kind: "put-back" | "stuck";
      readonly message: string;
      /** The units that have failed; absent: all of them. */
      readonly units?: readonly string[];
    }
  /** A newer text of the instance is in force. */
  | { readonly kind: "superseded" }
  /** Not all of its units are applied, and the next sync goes on with them. */
  | { readonly kind: "unfinished" }
  /** A person stopped it, or a service that it needs is down (`isAlong`). */
  | { readonly kind: "stopped"; readonly message: string; readonly isAlong: boolean };
