import { inOrder, type Library, patternPage, readLibrary } from "../../authoring/patterns.ts";
import { recommend } from "../../authoring/recommend.ts";
import { QuadgateError } from "../../model/errors.ts";
import type { Pattern } from "../../model/pattern.ts";
import type { Arguments, Command, Session } from "../command.ts";
import { workingTree } from "../read-arguments.ts";
import { columns } from "../text/columns.ts";
import { noteIssues } from "../text/plan.ts";

type Action = (session: Session, library: Library, words: readonly string[]) => void;

const ACTIONS: Readonly<Record<string, Action>> = { list, show, recommend: find };

export const command: Command = {
  configure: (command) =>
    command
      .argument("<list|show|recommend>", "what to do")
      .argument("[words...]", "the pattern to show; an image or a few words to find one for")
      .option("--working-tree [folder]", "a checkout as it is, for patterns of its own"),
  async run(session, args: Arguments) {
    const [name = "", ...words] = args.words;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) {
      throw new QuadgateError("bad-usage", `"quadgate pattern ${name}" is not a command`, {
        hint: "quadgate pattern list, quadgate pattern show NAME, quadgate pattern recommend IMAGE-OR-WORDS",
      });
    }
    const library = await readLibrary(session.context, await workingTree(session, args));
    session.progress.stop();
    noteIssues(session.terminal, library.issues);
    action(session, library, words);
    return 0;
  },
};

function list({ terminal }: Session, { patterns, own }: Library): void {
  const ordered = inOrder(patterns.values());
  if (terminal.json) {
    const rows = ordered.map(({ name, title, description, choose, useCases }) => ({
      name,
      title,
      description,
      group: choose?.group ?? null,
      useCases,
      own: own.has(name),
    }));
    terminal.printJson({ schemaVersion: 1, patterns: rows });
    return;
  }
  const rows = ordered.map(({ name, title }) => [
    terminal.colours.bold(name),
    own.has(name) ? `${title} (the repository's)` : title,
  ]);
  terminal.print(columns(rows));
}

function show({ terminal }: Session, { patterns, own }: Library, [name]: readonly string[]): void {
  const pattern = name === undefined ? undefined : patterns.get(name);
  if (pattern === undefined) {
    const what = name === undefined ? "no pattern is named" : `there is no pattern ${name}`;
    throw new QuadgateError("bad-usage", what, {
      hint: `there are: ${[...patterns.keys()].toSorted().join(", ")}`,
    });
  }
  if (terminal.json)
    terminal.printJson({ schemaVersion: 1, pattern: { ...plain(pattern), own: own.has(pattern.name) } });
  else terminal.print(patternPage(pattern).trimEnd());
}

/** A pattern as in its file: examples are manifests, not what quadgate makes of them. */
function plain(pattern: Pattern): object {
  const examples = pattern.examples.map(({ name, description, manifest, companions }) => ({
    name,
    description,
    manifest,
    companions: companions.map((one) => ({ name: one.name, manifest: one.manifest })),
  }));
  return { ...pattern, examples };
}

function find({ terminal }: Session, { patterns }: Library, words: readonly string[]): void {
  if (words.length === 0) {
    throw new QuadgateError("bad-usage", "there is nothing to find a pattern for", {
      hint: "name an image or a few words: quadgate pattern recommend jellyfin",
    });
  }
  const found = recommend(patterns.values(), words);
  if (terminal.json) {
    const rows = found.map(({ pattern: { name, title }, score, reasons, service = null }) => ({
      pattern: name,
      title,
      score,
      reasons,
      service,
    }));
    terminal.printJson({ schemaVersion: 1, query: words.join(" "), recommendations: rows });
    return;
  }
  if (found.length === 0) {
    terminal.print(`No pattern fits "${words.join(" ")}". quadgate pattern list shows all of them.`);
    return;
  }
  for (const [index, { pattern, reasons }] of found.entries()) {
    const name = index === 0 ? terminal.colours.green(terminal.colours.bold(pattern.name)) : pattern.name;
    terminal.print(`${name}: ${pattern.title}`);
    for (const reason of reasons.slice(0, 3)) terminal.print(`  because ${reason}`);
  }
}
