import { type Draft, draftManifest, type ManifestRequest, problemsAt } from "../../authoring/draft.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Tree } from "../../model/tree.ts";
import type { Session } from "../command.ts";
import { count } from "../text/phrases.ts";

/** Drafts a manifest with everything that its pattern requires. On a terminal, asks for what is missing. */
export async function completeDraft(session: Session, tree: Tree, request: ManifestRequest): Promise<Draft> {
  const draft = await draftManifest(session.context, tree, request);
  if (draft.missing.length === 0) return draft;
  const { terminal, progress } = session;
  if (!terminal.interactive || terminal.json) throw incomplete(draft);
  progress.stop();
  terminal.note(
    `The pattern ${draft.pattern?.name ?? ""} needs ${count(draft.missing.length, "more value")}:`,
  );
  let answered = request;
  for (const missing of draft.missing) {
    const next = await answer(session, tree, answered, missing);
    if (next === undefined) throw incomplete(draft);
    answered = next;
  }
  return completeDraft(session, tree, answered);
}

/** Asks until the key accepts the answer; undefined if the answer is empty. */
async function answer(
  { context, terminal }: Session,
  tree: Tree,
  request: ManifestRequest,
  { path, question, example }: Draft["missing"][number],
): Promise<ManifestRequest | undefined> {
  const { colours } = terminal;
  const hint = example === undefined ? "" : colours.dim(` such as ${example}`);
  for (let ask = `${colours.bold(path.join("."))}${hint}\n  ${question}\n  > `; ; ask = "  > ") {
    const given = await terminal.askText(ask);
    if (given === "") return undefined;
    const answered = { ...request, assignments: [...request.assignments, { path, given }] };
    const problems = await problemsAt(context, tree, answered, path);
    if (problems.length === 0) return answered;
    for (const problem of problems) terminal.note(`  ${colours.red(problem)}`);
  }
}

function incomplete({ name, pattern, missing }: Draft): QuadgateError {
  const what = missing.map(({ path }) => path.join(".")).join(", ");
  return new QuadgateError(
    "bad-usage",
    `${name} lacks what the pattern ${pattern?.name ?? ""} requires: ${what}`,
    { hint: `add ${missing.map(({ option }) => option).join(" ")}` },
  );
}
