import { type Draft, draftManifest, type ManifestRequest } from "../../authoring.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Tree } from "../../model/tree.ts";
import type { Session } from "../command.ts";

/** A draft that says everything its pattern requires; on a terminal, what is missing is asked for. */
export async function completeDraft(session: Session, tree: Tree, request: ManifestRequest): Promise<Draft> {
  const draft = await draftManifest(session.context, tree, request);
  if (draft.missing.length === 0) return draft;
  const { terminal, progress } = session;
  if (!terminal.interactive || terminal.json) throw incomplete(draft);
  progress.stop();
  terminal.note(`The pattern ${draft.pattern?.name ?? ""} needs to know ${draft.missing.length} more:`);
  const answers: { path: ManifestRequest["removals"][number]; given: string }[] = [];
  for (const { path, question, example } of draft.missing) {
    const hint = example === undefined ? "" : terminal.colours.dim(` such as ${example}`);
    const given = await terminal.askText(
      `${terminal.colours.bold(path.join("."))}${hint}\n  ${question}\n  > `,
    );
    if (given === "") throw incomplete(draft);
    answers.push({ path, given });
  }
  return completeDraft(session, tree, { ...request, assignments: [...request.assignments, ...answers] });
}

function incomplete({ name, pattern, missing }: Draft): QuadgateError {
  const what = missing.map(({ path }) => path.join(".")).join(", ");
  return new QuadgateError(
    "bad-usage",
    `${name} lacks what the pattern ${pattern?.name ?? ""} requires: ${what}`,
    {
      hint: `add ${missing.map(({ option }) => option).join(" ")}`,
    },
  );
}
