import { schedule, validateDetailed } from "node-cron";
import { QuadgateError } from "../../model/errors.ts";
import type { RunningTrigger, TriggerContext } from "./trigger.ts";

/** Triggers by the clock, in local time. The setting `daemon.poll` is a cron expression. */
export async function start(context: TriggerContext): Promise<RunningTrigger> {
  const expression = context.settings.daemon.poll;
  checkExpression(expression);
  const task = schedule(expression, () => context.trigger("poll"), {
    // if the machine slept through one minute, the next one makes up for it
    suppressMissedWarning: true,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => context.log.debug({ message }, "poll timer"),
      error: (message) => context.log.warn({ message: String(message) }, "poll timer failed"),
    },
  });
  return {
    stop: async () => {
      await task.destroy();
    },
  };
}

function checkExpression(expression: string): void {
  const { valid, errors } = validateDetailed(expression);
  if (valid) return;
  const why = errors.map((error) => error.message).join("; ");
  throw new QuadgateError("bad-settings", `daemon.poll: not a cron expression: "${expression}": ${why}`, {
    hint: 'Write minute, hour, day, month and weekday, such as "*/5 * * * *" for every five minutes.',
  });
}
