import { secondsOfGoDuration } from "../lib/go-duration.ts";
import { isImageReference } from "../lib/image-reference.ts";
import { parseManifestSize } from "../lib/size.ts";
import type { Problem } from "./codes.ts";
import { show } from "./message-parts.ts";

/** The formats of single values. Each check returns what is wrong, as a predicate phrase, or undefined. */

const problem = (message: string, hint?: string): Problem => ({ message, hint });

/** A file's stem that is a valid instance name: one DNS label, because it also names hosts and services. */
export const INSTANCE_NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** What podman accepts as the name of a network, volume, container or secret. */
export const OBJECT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** One or more of something; for texts that must not be empty. */
export function checkNotEmpty(text: string): Problem | undefined {
  return text.trim() === "" ? problem("must not be empty") : undefined;
}

/** An audit cannot leave out what quadgate always repairs. */
export function checkIgnorable(path: string): Problem | undefined {
  if (!/^unit(\.|$)/.test(path)) return checkNotEmpty(path);
  return problem(
    "cannot name `unit`: a file that differs from git's is put back",
    "change the file in git, or suspend the instance",
  );
}

/** A longer glob matches no host name and only wastes time. */
export function checkHostGlob(text: string): Problem | undefined {
  return text.length > 253 ? problem("is longer than a host name can be") : checkNotEmpty(text);
}

export function checkObjectName(text: string): Problem | undefined {
  if (OBJECT_NAME.test(text) && text.length <= 253) return undefined;
  return problem(`is not a name that podman takes: ${show(text)}`, "use letters, digits, _ . and -");
}

/** A Quadlet unit or an image id in place of an image. */
const IMAGE_ALIAS = /^(?:[\w.@-]+\.(?:image|build)|(?:sha256:)?[0-9a-f]{64})$/;

export function checkImage(text: string): Problem | undefined {
  if (isImageReference(text) || IMAGE_ALIAS.test(text)) return undefined;
  return problem(`is not an image reference: ${show(text)}`, imageHint(text));
}

function imageHint(text: string): string {
  if (/^(?:docker|https?):\/\//.test(text)) return "leave out the part before ://";
  if (isImageReference(text.toLowerCase())) return "repository names are lower case";
  return "write registry/name:tag, such as docker.io/library/redis:7.4";
}

const HOST_LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export function checkHostname(text: string): Problem | undefined {
  if (text.length <= 253 && text.split(".").every((label) => HOST_LABEL.test(label))) return undefined;
  const hint = /[:/]/.test(text)
    ? "write only the name, without https://, port or path"
    : "such as jellyfin.example.org";
  return problem(`is not a host name: ${show(text)}`, hint);
}

export function checkSize(text: string): Problem | undefined {
  const bytes = parseManifestSize(text);
  if (bytes === undefined) return problem(`is not a size: ${show(text)}`, "write 512M, 4G or 1.5G");
  return bytes > 0 ? undefined : problem("must be more than 0");
}

export function checkDuration(text: string): Problem | undefined {
  if (secondsOfGoDuration(text) !== undefined) return undefined;
  return problem(`is not a duration: ${show(text)}`, "write 30s, 5m or 1h30m");
}

/** Podman refuses a timeout of less than a second for a health check. */
export function checkHealthTimeout(text: string): Problem | undefined {
  const seconds = secondsOfGoDuration(text);
  return seconds !== undefined && seconds < 1 ? problem("must be at least 1s") : checkDuration(text);
}

export function checkHealthInterval(text: string): Problem | undefined {
  return text === "disable" ? undefined : checkDuration(text);
}

/** Prometheus reads whole seconds or minutes. */
export function checkScrapeInterval(text: string): Problem | undefined {
  if (/^[1-9]\d*[sm]$/.test(text)) return undefined;
  return problem(`is not a scrape interval: ${show(text)}`, "write 15s or 1m");
}

/** The path of a URL, without host or query. */
export function checkUrlPath(text: string): Problem | undefined {
  if (/^\/[^\s?#]*$/.test(text)) return undefined;
  return problem(`is not the path of a URL: ${show(text)}`, "write /metrics");
}

/** POSIX names have no dots and dashes, but images use them (`discovery.type`) and podman passes them on. */
export function checkEnvironmentName(text: string): Problem | undefined {
  if (/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text)) return undefined;
  return problem("is not the name of an environment variable");
}

/** Labels that quadgate or podman set themselves; another value would break the link to the unit. */
const RESERVED_LABEL = /^(?:io\.quadgate\.|PODMAN_SYSTEMD_UNIT$)/;

export function checkLabelName(text: string): Problem | undefined {
  if (text === "" || /[\s=]/.test(text)) return problem("cannot be a label: blanks and = are not allowed");
  return RESERVED_LABEL.test(text) ? problem("is a label that quadgate or podman sets") : undefined;
}

export function checkMode(text: string): Problem | undefined {
  if (/^0?[0-7]{3}$/.test(text)) return undefined;
  return problem(`is not a file mode: ${show(text)}`, 'write three octal digits, such as "0640"');
}

/** `640` and `0640` become `0640`. */
export const normaliseMode = (text: string): string => text.padStart(4, "0");
