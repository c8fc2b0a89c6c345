import { join } from "node:path";
import { computeDrift, driftQuestion } from "../../src/drift/index.ts";
import { createHost } from "../../src/host/create-host.ts";
import { readFacts } from "../../src/host/facts.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { mainUnitOf, type Unit, unitKindOf } from "../../src/model/unit.ts";
import { observe } from "../../src/observe/live.ts";
import { parseGenerated, parseLoaded } from "../../src/quadlet/generated.ts";

/**
 * Runs in the lab: compares the units of the folder that is its argument with the host it runs on and prints
 * the report. Each unit is an instance of its own, named like its file.
 */
const facts = readFacts(process.env, { host: undefined, unitDir: undefined, stateDir: undefined }, false);
const host = createHost(facts, ["quadgate"]);
const { files } = await host.files.tree(join(process.argv[2] ?? ".", "."), ["."]);
const units = [...files].map(
  ([name, content]): Unit => ({
    name,
    kind: unitKindOf(name) ?? "dropin",
    instance: mainUnitOf(name),
    content,
    mode: "0644",
    digest: digestOf(content),
    origin: { file: name },
  }),
);
const output = await host.quadlet.generate(units);
const generated = parseGenerated(output, facts);
const live = await observe(host, driftQuestion(units, generated));
const report = computeDrift({
  revision: null,
  host: facts.name,
  observedAt: live.observedAt,
  units,
  generated,
  live,
  loaded: parseLoaded(live.generated),
  facts,
  ignore: new Map(),
});
process.stdout.write(
  JSON.stringify(
    process.argv[3] === "everything" ? { report, units, generated: output, live, facts } : report,
    replacer,
  ),
);

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
