import pc from "picocolors";
import { ensureBase } from "../test/lab/harness/base.ts";
import { chooseFlavour } from "../test/lab/harness/recipe.ts";
import { whyNoLab } from "../test/lab/harness/support.ts";
import * as flows from "./demo/flows.ts";
import { setScene } from "./demo/scenery.ts";
import { NotAsSaid } from "./demo/stage.ts";

const out = (text: string) => process.stdout.write(`${text}\n`);

/** Shows quadgate at work on a disposable host, and checks that everything is as it says. */
async function demo(): Promise<void> {
  const reason = whyNoLab();
  if (reason !== undefined) throw new NotAsSaid(`the demo cannot run on this machine: ${reason}`);
  out("quadgate on a disposable Debian host with real podman and systemd. Every command below really runs.");
  await ensureBase(chooseFlavour(undefined), out);
  const stage = await setScene();
  try {
    await flows.commitAndReconcile(stage);
    await flows.pushAndHook(stage);
    await flows.driftAndMend(stage);
    await flows.putBackFailed(stage);
    await flows.gate(stage);
    await flows.prune(stage);
    out(`\n${pc.green("Everything was as said.")} ${pc.dim(`(${stage.seconds} s)`)}`);
  } catch (error) {
    if (process.env.QUADGATE_DEMO_DUMP) out(await stage.lab.dump());
    throw error;
  } finally {
    await stage.lab.down();
  }
}

try {
  await demo();
} catch (error) {
  process.stderr.write(
    `\n${pc.red("demo:")} ${error instanceof NotAsSaid ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
