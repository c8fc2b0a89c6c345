import { join } from "node:path";
import { checkDraft } from "../../authoring/draft.ts";
import { QuadgateError } from "../../model/errors.ts";
import { readCheckout } from "../../planning/head.ts";
import { requireCheckout } from "../authoring/checkout.ts";
import { completeDraft } from "../authoring/draft.ts";
import { addManifestOptions, manifestRequest } from "../authoring/options.ts";
import { type Command, flag } from "../command.ts";

export const command: Command = {
  configure: (command) =>
    addManifestOptions(command).option("--overwrite", "replace a manifest that exists already"),
  async run(session, args) {
    const { host, context, terminal, progress } = session;
    const folder = await requireCheckout(session);
    const request = manifestRequest(args);
    // A repository may begin empty, so the checkout need not hold anything yet.
    const present = await readCheckout(host, folder);
    const own = `desired-state/${request.name}.yaml`;
    const tree = flag(args, "overwrite")
      ? { ...present, files: new Map([...present.files].filter(([path]) => path !== own)) }
      : present;
    const draft = await completeDraft(session, tree, request);
    if (draft.previous !== undefined) {
      throw new QuadgateError("bad-usage", `${draft.file} exists already`, {
        hint: `change it with: quadgate deploy ${request.name} --set ..., or replace it with --overwrite`,
      });
    }
    await checkDraft(context, tree, draft);
    const path = join(folder, draft.file);
    await host.files.write(path, draft.text);
    progress.stop();
    if (terminal.json) {
      terminal.printJson({ schemaVersion: 1, instance: draft.name, file: path, text: draft.text });
      return 0;
    }
    terminal.print(`Wrote ${path}, and it is valid.`);
    terminal.note(`Next: look at it, then run: quadgate deploy ${draft.name}`);
    return 0;
  },
};
