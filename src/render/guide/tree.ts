import type { Pattern } from "../../model/pattern.ts";
import { PATTERN_GROUPS } from "../../model/pattern-guide.ts";
import { code, list, page, section, table } from "./markdown.ts";

const GROUPS = Object.keys(PATTERN_GROUPS) as (keyof typeof PATTERN_GROUPS)[];

/** Patterns by the question that leads to them, those without one last. */
export function inOrder(patterns: Iterable<Pattern>): readonly Pattern[] {
  const rank = ({ choose }: Pattern) =>
    choose === undefined ? Number.POSITIVE_INFINITY : GROUPS.indexOf(choose.group) * 1000 + choose.rank;
  return [...patterns].toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

const link = ({ name, title }: Pattern) => `[${title}](${name}.md)`;

/** The page that leads from what a service is to its pattern. */
export function decisionTree(patterns: Iterable<Pattern>): string {
  const ordered = inOrder(patterns);
  const groups = GROUPS.map((group) => {
    const own = ordered.filter(({ choose }) => choose?.group === group);
    const questions = own.map((pattern) => `${pattern.choose?.question ?? ""} **Yes:** ${link(pattern)}`);
    return section(PATTERN_GROUPS[group], list(questions, "1."));
  });
  return page(
    "# Which pattern?",
    "Find the heading that says what the service is, then take the first question that you answer with " +
      "yes. `quadgate pattern recommend WORDS` gives the same answer for an image's name or a few words.",
    ...groups,
    section(
      "All patterns",
      table(
        ["pattern", "", "for"],
        ordered.map((pattern) => [
          `${link(pattern)} ${code(pattern.name)}`,
          pattern.description,
          pattern.useCases.join("; "),
        ]),
      ),
    ),
    section("If none fits", "A pattern is a file: see [Writing patterns](../writing-patterns.md)."),
  );
}
