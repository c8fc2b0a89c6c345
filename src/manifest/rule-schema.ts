import * as z from "zod";
import type { SecurityRule } from "../model/pattern.ts";
import { checkNotEmpty } from "./formats.ts";
import { middlewareSchema } from "./manifest-schema.ts";
import { problemsOf, text } from "./shape.ts";

const line = () => text("text", checkNotEmpty);

type Subject = "middleware" | "network" | "networks";

/** The subject of each rule, besides its reason. */
const SUBJECTS = {
  "no-published-ports": undefined,
  "require-middleware": "middleware",
  "forbid-middleware": "middleware",
  "forbid-network": "network",
  "only-networks": "networks",
  "no-route": undefined,
  "no-plain-secrets": undefined,
} as const satisfies Record<SecurityRule["rule"], Subject | undefined>;

const SUBJECT_KEYS: readonly Subject[] = ["middleware", "network", "networks"];

/** One of a pattern's security rules. */
export const ruleSchema = z
  .strictObject({
    rule: z.enum(Object.keys(SUBJECTS) as SecurityRule["rule"][]),
    middleware: middlewareSchema.optional(),
    network: line().optional(),
    networks: z.array(line()).min(1).optional(),
    component: text("a component's name").optional(),
    override: line().optional(),
    reason: text("text", checkNotEmpty, { multiline: true }),
  })
  .check(
    problemsOf((given) => {
      const subject = SUBJECTS[given.rule];
      const named = subject === "networks" ? subject : `a ${subject}`;
      const missing =
        subject === undefined || given[subject] !== undefined
          ? []
          : [{ message: `must name ${named} because the rule is ${given.rule}` }];
      const misplaced = SUBJECT_KEYS.filter((key) => key !== subject && given[key] !== undefined);
      return [
        ...missing,
        ...misplaced.map((key) => ({ message: `does not apply to the rule ${given.rule}`, path: [key] })),
      ];
    }),
  )
  .transform(({ rule, middleware = "", network = "", networks = [], ...rest }): SecurityRule => {
    if (rule === "forbid-network") return { rule, network, ...rest };
    if (rule === "only-networks") return { rule, networks, ...rest };
    if (rule === "require-middleware" || rule === "forbid-middleware") return { rule, middleware, ...rest };
    return { rule, ...rest };
  });
