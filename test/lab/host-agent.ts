import { createInterface } from "node:readline";
import { createHost } from "../../src/host/create-host.ts";
import { readFacts } from "../../src/host/facts.ts";
import { CommandError, QuadgateError } from "../../src/model/errors.ts";

/**
 * Runs in the lab: the real host, to be called from outside. Each line of the input is a call (`id`, `port`, `method`,
 * `args`) and each line of the output the answer to one; the first line holds the facts. What is given back and can
 * be called itself, such as a lock's release, is kept here under a number.
 */
const facts = readFacts(process.env, { host: undefined, unitDir: undefined, stateDir: undefined }, false);
const host = createHost(facts, ["quadgate"]);
const kept: (() => unknown)[] = [];

interface Call {
  readonly id: number;
  readonly port: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

async function answer({ port, method, args }: Call): Promise<unknown> {
  const target: unknown = port === "kept" ? kept : Reflect.get(host, port);
  const run: unknown = Reflect.get(Object(target), method);
  if (typeof run !== "function") throw new Error(`there is no ${port}.${method}`);
  return run.apply(target, args);
}

function encode(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { $map: [...value] };
  if (typeof value === "function") return { $kept: kept.push(value as () => unknown) - 1 };
  return value;
}

function explain(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommandError) {
    const { command, exitCode, stderr } = error;
    return { message, reason: error.reason, command, exitCode, stderr };
  }
  return { message, ...(error instanceof QuadgateError && { reason: error.reason }) };
}

const send = (message: unknown) => process.stdout.write(`${JSON.stringify(message, encode)}\n`);

send({ facts });
createInterface({ input: process.stdin }).on("line", async (line) => {
  const call: Call = JSON.parse(line);
  await answer(call).then(
    (value) => send({ id: call.id, value }),
    (error: unknown) => send({ id: call.id, error: explain(error) }),
  );
});
