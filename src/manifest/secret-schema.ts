import * as z from "zod";
import type { SecretRef } from "../model/instance.ts";
import { checkEnvironmentName, checkMode, checkObjectName, normaliseMode } from "./formats.ts";
import { show } from "./message-parts.ts";
import { problemsOf, text, written } from "./shape.ts";

/** Octal digits; unquoted ones too, which YAML reads as a number. */
export const modeSchema = written("a file mode", checkMode).transform(normaliseMode);

export const secretSchema = z
  .strictObject({
    name: text("a podman secret's name", checkObjectName),
    type: z.enum(["env", "mount"]).default("mount"),
    target: text("a variable's or file's name").optional(),
    mode: modeSchema.optional(),
  })
  .check(problemsOf((secret) => [...targetProblems(secret), ...modeProblems(secret)]));

function targetProblems({ type, target }: SecretRef) {
  if (target === undefined) return [];
  const problem = type === "env" ? checkEnvironmentName(target) : checkFileName(target);
  return problem ? [{ ...problem, path: ["target"] }] : [];
}

function modeProblems({ type, mode }: SecretRef) {
  if (mode === undefined || type === "mount") return [];
  return [{ message: "is only for secrets of type mount", path: ["mode"] }];
}

/** Quadlet splits Secret= at commas and blanks. */
function checkFileName(target: string) {
  return target === "" || /[\s,]/.test(target)
    ? { message: `is not a file's name: ${show(target)}` }
    : undefined;
}
