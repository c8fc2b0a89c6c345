import { distance } from "fastest-levenshtein";
import { imageName, splitImageReference } from "../lib/image-reference.ts";
import type { Pattern } from "../model/pattern.ts";
import type { ExampleService } from "../model/pattern-guide.ts";

/** A pattern that fits a search. */
export interface Recommendation {
  readonly pattern: Pattern;
  readonly score: number;
  /** Why it fits, the strongest reason first. */
  readonly reasons: readonly string[];
  /** The example service that the search names. Its image, port and values are a start. */
  readonly service?: ExampleService;
}

interface Hit {
  readonly score: number;
  readonly reason: string;
  readonly service?: ExampleService;
}

/** The weight of each kind of hit. The best hit of a kind counts, and kinds add up. */
const WEIGHTS = {
  sameImage: 100,
  service: 80,
  imageName: 60,
  defaultImage: 60,
  name: 40,
  useCase: 8,
  prose: 3,
};

/** The length of the list of recommendations. */
const LISTED = 5;

const STOP_WORDS = new Set(
  (
    "a an and any are as at be by can do for from has have i in is it its " +
    "my of on or our that the their this to use want we with"
  ).split(" "),
);

/** Parts of image names that say nothing about what is in the image. */
const GENERIC = new Set(
  "library server app web core api main stable latest docker image container service".split(" "),
);

/** Patterns that fit an image reference or a few words, best first. */
export function recommend(patterns: Iterable<Pattern>, search: readonly string[]): readonly Recommendation[] {
  const query = search.join(" ").trim();
  const found = [...patterns].map((pattern) => judge(pattern, query)).filter(({ score }) => score > 0);
  const sorted = found.toSorted((a, b) => b.score - a.score || (a.pattern.name < b.pattern.name ? -1 : 1));
  return sorted.slice(0, LISTED);
}

function judge(pattern: Pattern, query: string): Recommendation {
  const image = /\s/.test(query) ? undefined : repositoryOf(query);
  const words = image?.includes("/") ? wordsOfImage(image) : wordsOf(query);
  const hits = [
    best(pattern.exampleServices.flatMap((service) => serviceHits(service, words, image))),
    best(defaultImageHits(pattern, image)),
    best(nameHits(pattern, words)),
    ...useCaseHits(pattern, words),
    ...proseHits(pattern, words),
  ].flatMap((hit) => hit ?? []);
  // A description also mentions other services: an exporter's names the one that reads it. So prose alone
  // does not make a pattern fit an image.
  if (image?.includes("/") && hits.every(({ score }) => score <= WEIGHTS.prose))
    return { pattern, score: 0, reasons: [] };
  const sorted = hits.toSorted((a, b) => b.score - a.score);
  const service = sorted.find((hit) => hit.service !== undefined)?.service;
  return {
    pattern,
    score: hits.reduce((sum, { score }) => sum + score, 0),
    reasons: [...new Set(sorted.map(({ reason }) => reason))],
    ...(service === undefined ? {} : { service }),
  };
}

function best(hits: readonly Hit[]): Hit | undefined {
  return hits.toSorted((a, b) => b.score - a.score)[0];
}

function serviceHits(
  service: ExampleService,
  words: readonly string[],
  image: string | undefined,
): readonly Hit[] {
  const own = repositoryOf(service.image);
  const called = wordsOf(service.name);
  const hits: Hit[] = [];
  if (image?.includes("/") && image === own) {
    hits.push({
      score: WEIGHTS.sameImage,
      reason: `${service.name} with this image is one of its examples`,
      service,
    });
  } else if (image !== undefined && imageName(image) === imageName(own) && !GENERIC.has(imageName(own))) {
    hits.push({
      score: WEIGHTS.imageName,
      reason: `the image has the name of that of its example ${service.name}`,
      service,
    });
  }
  const [first = ""] = called;
  const telling = called.length === 1 || first.length >= 5;
  if ((telling && words.some((word) => isLike(word, first))) || isLike(words.join(""), called.join(""))) {
    hits.push({ score: WEIGHTS.service, reason: `${service.name} is one of its examples`, service });
  }
  return hits;
}

/** Hits among the images that the pattern runs by default: those of a variant or a component. */
function defaultImageHits({ defaults, units }: Pattern, image: string | undefined): readonly Hit[] {
  if (image === undefined) return [];
  const texts = [defaults.image, ...units.map((unit) => unit.defaults?.image)].flatMap((text) => text ?? []);
  const images = texts.flatMap((text) => text.match(/[a-z0-9.-]+\.[a-z]+\/[\w./-]+/g) ?? []);
  return images
    .filter((one) => imageName(one) === imageName(image) && !GENERIC.has(imageName(one)))
    .map((one) => ({ score: WEIGHTS.defaultImage, reason: `it runs ${one}` }));
}

function nameHits(pattern: Pattern, words: readonly string[]): readonly Hit[] {
  const own = new Set([...wordsOf(pattern.name.replaceAll("-", " ")), ...wordsOf(pattern.title)]);
  const choices = Object.values(pattern.parameters).flatMap(({ values = [] }) => values);
  return words.flatMap((word) => [
    ...([...own].some((mine) => isSame(word, mine)) ? [hit(WEIGHTS.name / 2, `its name has "${word}"`)] : []),
    ...(choices.includes(word) ? [hit(WEIGHTS.name, `it supports ${word}`)] : []),
  ]);
}

function useCaseHits({ useCases }: Pattern, words: readonly string[]): readonly Hit[] {
  return useCases.flatMap((useCase) => {
    const known = wordsOf(useCase);
    const matching = words.filter((word) => known.some((one) => isSame(word, one)));
    return matching.length === 0 ? [] : [hit(WEIGHTS.useCase * matching.length, `it is for ${useCase}`)];
  });
}

function proseHits({ description, choose }: Pattern, words: readonly string[]): readonly Hit[] {
  const known = wordsOf(`${description} ${choose?.question ?? ""}`);
  const matching = words.filter((word) => known.some((one) => isSame(word, one)));
  return matching.map((word) => hit(WEIGHTS.prose, `its description has "${word}"`));
}

const hit = (score: number, reason: string): Hit => ({ score, reason });

/** The words of a text without stop words, in lower case. */
function wordsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].filter((word) => !STOP_WORDS.has(word) && word.length > 1);
}

/**
 * The words of an image's name without those that any image may have. The publisher (`postgres/pgadmin`)
 * counts only if the name says nothing (`vaultwarden/server`). The registry never counts.
 */
function wordsOfImage(repository: string): readonly string[] {
  const telling = (text: string) => wordsOf(text).filter((word) => !GENERIC.has(word));
  const own = telling(imageName(repository));
  return own.length > 0 ? own : telling(repository.replace(/^[^/]*[.:][^/]*\//, ""));
}

/** `docker.io/library/redis:7` is `docker.io/library/redis`. */
function repositoryOf(image: string): string {
  return splitImageReference(image.toLowerCase()).repository;
}

/** Whether words are equal except for plural and verb endings: `photos` is `photo`, `scanned` is `scan`. */
function isSame(one: string, other: string): boolean {
  const [short = "", long = ""] = [one, other].toSorted((a, b) => a.length - b.length);
  return one === other || (short.length >= 4 && long.startsWith(short) && long.length - short.length <= 4);
}

/** Whether a word is a name with at most one typing error. */
function isLike(one: string, other: string): boolean {
  return one === other || (other.length >= 5 && distance(one, other) <= 1);
}
