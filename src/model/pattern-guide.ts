/** The place of a pattern in the decision tree: the question that leads to its group. */
export const PATTERN_GROUPS = {
  web: "People open it in a browser",
  home: "It serves the household: media, photos, documents, devices",
  data: "Other services keep their data in it",
  infrastructure: "Other services need it: the way in, the log-in, the measurements",
  background: "It works by itself, without a page to open",
} as const satisfies Record<string, string>;

/** A check after deployment that quadgate runs; people do the `manual` ones. */
export type ValidationCheck = {
  /** The expectation that the check tests. */
  readonly description: string;
  readonly component: string;
} & (
  | { readonly check: "manual" }
  /**
   * Runs in the container, a text by its sh, a list as the words of the command. It must succeed, and print
   * something that `expect` matches.
   */
  | {
      readonly check: "command";
      readonly run: string | readonly string[];
      readonly expect?: string | undefined;
    }
  | { readonly check: "tcp"; readonly port: string }
  /** An answer of the container itself. */
  | {
      readonly check: "http";
      readonly port: string;
      readonly path: string;
      readonly status: readonly number[];
    }
  /** An answer of the reverse proxy for the instance's hostname. */
  | { readonly check: "route"; readonly path: string; readonly status: readonly number[] }
  /** The service's journal since its start has no line that matches. */
  | { readonly check: "no-log"; readonly match: string }
);

export interface ExampleService {
  readonly name: string;
  readonly image: string;
  readonly port?: number | undefined;
  /** Health command. */
  readonly health?: string | undefined;
  readonly memory?: string | undefined;
  readonly values: Readonly<Record<string, unknown>>;
  readonly notes?: string | undefined;
}

/**
 * What a pattern tells people, and what is looked up rather than rendered. Texts of checks and of the lists
 * before and after deployment are Liquid over `instance`, `values`, `hostname` and `port`. In a check of a
 * component, `port` is that component's. A check whose command, port or path renders to nothing is left out.
 */
export interface PatternGuide {
  readonly useCases: readonly string[];
  /** What it is not made for, and what is. */
  readonly notFor: readonly string[];
  readonly choose?:
    | {
        readonly group: keyof typeof PATTERN_GROUPS;
        /** Answered with yes, it leads to this pattern. */
        readonly question: string;
        /** Lower is asked first. */
        readonly rank: number;
      }
    | undefined;
  /** Why it is on each network; `network` has the text of an entry of the defaults' networks. */
  readonly networkNotes: readonly {
    readonly component: string;
    readonly network: string;
    readonly why: string;
  }[];
  readonly deploymentOrder: readonly { readonly component?: string | undefined; readonly step: string }[];
  readonly validation: readonly ValidationCheck[];
  readonly beforeDeployment: readonly string[];
  /** The checklist that a deployment prints at its end. */
  readonly afterDeployment: readonly string[];
  readonly commonIssues: readonly {
    readonly symptom: string;
    readonly cause: string;
    readonly fix: string;
  }[];
  readonly exampleServices: readonly ExampleService[];
}
