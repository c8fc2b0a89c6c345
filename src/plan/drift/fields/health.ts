import { at, type Json, listAt, textAt } from "../../../model/live.ts";
import { lastOf, type PodmanCall } from "../../argv/podman.ts";
import { formatGoDuration, parseGoDuration } from "../../argv/quantities.ts";
import { maskWords } from "../mask.ts";
import { type FieldRow, flat } from "../row.ts";

/** podman's defaults for a check that is declared, from `podman run --help`. */
const DEFAULTS = { interval: "30s", timeout: "30s", startPeriod: "0s", retries: "3", onFailure: "none" };

/**
 * The health check, with podman's defaults for what is not declared, so that `podman update --health-retries`
 * shows. Without a declared command the check is the image's and nothing is compared.
 */
export const health: FieldRow = {
  name: "health",
  flags: [
    "health-cmd",
    "health-interval",
    "health-timeout",
    "health-start-period",
    "health-retries",
    "health-on-failure",
    "no-healthcheck",
  ],
  declared: ({ call }) => {
    if (lastOf(call.flags, "no-healthcheck") === "true") return { command: "none" };
    const test = lastOf(call.flags, "health-cmd");
    if (test === undefined) return {};
    const command = testOf(test);
    if (command === "none") return { command };
    return flat({
      command,
      interval: duration(call, "health-interval") ?? DEFAULTS.interval,
      timeout: duration(call, "health-timeout") ?? DEFAULTS.timeout,
      startPeriod: duration(call, "health-start-period") ?? DEFAULTS.startPeriod,
      retries: lastOf(call.flags, "health-retries") ?? DEFAULTS.retries,
      onFailure: lastOf(call.flags, "health-on-failure") ?? DEFAULTS.onFailure,
    });
  },
  container: (expected, container) => {
    if (expected.command === undefined) return expected;
    const check = at(container, "Config", "Healthcheck");
    const command = testText(listAt(check, "Test").map(String));
    if (command === "none") return { ...expected, command };
    return flat({
      command,
      interval: formatGoDuration(number(check, "Interval")),
      timeout: formatGoDuration(number(check, "Timeout")),
      startPeriod: formatGoDuration(number(check, "StartPeriod")),
      retries: String(number(check, "Retries")),
      onFailure: textAt(container, "Config", "HealthcheckOnFailureAction") || DEFAULTS.onFailure,
    });
  },
  text: (value, keys) => {
    const shown = keys.length > 0 ? keys : ["command"];
    const texts = shown
      .filter((key) => value[key] !== undefined)
      .map((key) => partText(key, value[key] ?? ""));
    return texts.join(", ") || "none";
  },
  shown: (key, text) => (key === "command" ? masked(text) : text),
  changedBy: () => "podman update",
};

function partText(key: string, value: string): string {
  if (key !== "command") return `${key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${value}`;
  return masked(value);
}

function masked(command: string): string {
  return maskWords(command.split(" ")).join(" ");
}

function number(check: Json | undefined, key: string): number {
  return Number(at(check, key) ?? 0);
}

/** `disable` is stored as 0. */
function duration(call: PodmanCall, flag: string): string | undefined {
  const text = lastOf(call.flags, flag);
  if (text === undefined || text === "") return undefined;
  if (text === "disable") return "0s";
  const parsed = parseGoDuration(text);
  return parsed === undefined ? text : formatGoDuration(parsed);
}

/** What podman stores for a `--health-cmd`: a JSON array, `CMD ...`, `CMD-SHELL ...`, `none` or shell text. */
function testOf(text: string): string {
  if (text.toLowerCase() === "none") return "none";
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words)) return arrayText(words.map(String));
  } catch {
    // Not JSON: a command line.
  }
  const shell = /^CMD-SHELL\s+([\s\S]*)$/.exec(text)?.[1];
  if (shell !== undefined) return shell;
  const exec = /^CMD\s+([\s\S]*)$/.exec(text)?.[1];
  return exec === undefined ? text : exec.split(/\s+/).join(" ");
}

function arrayText(words: readonly string[]): string {
  return words.length === 1
    ? (words[0] ?? "")
    : testText(/^(CMD|CMD-SHELL|NONE)$/.test(words[0] ?? "") ? words : ["CMD", ...words]);
}

/** One text for each way to store a test, so that `CMD a b` and `CMD-SHELL a b` compare by what they run. */
function testText(test: readonly string[]): string {
  const [kind, ...words] = test;
  if (kind === undefined || kind.toUpperCase() === "NONE") return "none";
  if (kind === "CMD" || kind === "CMD-SHELL") return words.join(" ");
  // podman 5.4 splits a JSON array that has blanks in a word at the blanks.
  return arrayAgain(test.join(" ")) ?? test.join(" ");
}

function arrayAgain(text: string): string | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) ? arrayText(words.map(String)) : undefined;
  } catch {
    return undefined;
  }
}
