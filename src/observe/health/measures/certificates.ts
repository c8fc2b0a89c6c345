import { X509Certificate } from "node:crypto";
import { messageOf } from "../../../lib/error-message.ts";
import { type Json, listAt, textAt } from "../../../model/live.ts";
import type { Look, Measure, Measurement, MeasureResult } from "../measure.ts";
import { pathOnHost } from "../report-dir.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const DAY_MS = 24 * 60 * 60_000;

/** Reads the files that the settings name: PEM, or Traefik's acme.json. Every certificate in them counts. */
export const certificates: Measure = { name: "certificates", read };

async function read(look: Look): Promise<MeasureResult> {
  const files = [...new Set(look.settings.certificates ?? [])];
  const looked = await Promise.all(
    files.map((file) =>
      readFile(look, file).then(
        (found) => ({ found, unread: [] }),
        (error: unknown) => ({ found: [], unread: [unreadable(file, messageOf(error))] }),
      ),
    ),
  );
  const found = looked.flatMap((one) => one.found);
  const unread = looked.flatMap((one) => one.unread);
  return { values: [...daysLeft(found, look.host.clock.now().getTime()), ...unread] };
}

interface InFile {
  readonly file: string;
  readonly certificate: X509Certificate;
}

/** A certificate in several files, or several times in one file, counts once. */
function daysLeft(found: readonly InFile[], now: number): readonly Measurement[] {
  const prints = [...new Set(found.map(({ certificate }) => certificate.fingerprint256))];
  return prints.flatMap((print) => {
    const same = found.filter(({ certificate }) => certificate.fingerprint256 === print);
    const files = [...new Set(same.map(({ file }) => file))].join(", ");
    return same.slice(0, 1).map(({ certificate }) => measure(certificate, files, now));
  });
}

function measure(certificate: X509Certificate, files: string, now: number): Measurement {
  const end = new Date(certificate.validTo);
  const value = Math.floor((end.getTime() - now) / DAY_MS);
  const words = value < 0 ? `expired on ${end.toISOString().slice(0, 10)}` : `expires in ${value} days`;
  return { metric: "certificate_days_left", value, subject: `${nameOf(certificate)} (${files})`, words };
}

async function readFile(look: Look, file: string): Promise<readonly InFile[]> {
  const text = await contentOf(look, pathOnHost(look.host, file));
  const found = text.trimStart().startsWith("{") ? inAcme(JSON.parse(text)) : inPem(text);
  if (found.length === 0) throw new Error("it holds no certificate");
  return found.map((certificate) => ({ file, certificate }));
}

/**
 * Reads by a program, because quadgate can kill it if the file is on a remote machine that does not answer,
 * or is not a regular file.
 */
async function contentOf({ host, settings }: Look, path: string): Promise<string> {
  const limits = { timeoutMs: Math.min(TIMEOUT_MS, settings.timeout), maxOutput: MAX_BYTES };
  const { exitCode, stdout, stderr, timedOut } = await host.processes.run("cat", ["--", path], limits);
  if (timedOut) throw new Error(`no answer within ${limits.timeoutMs / 1_000} s`);
  if (exitCode !== 0) throw new Error(stderr.trim().replace(/^cat: .*: /, "") || "it cannot be read");
  return stdout;
}

function unreadable(file: string, reason: string): Measurement {
  return { metric: "certificates_unreadable", value: 1, subject: `${file} (${reason})` };
}

function inPem(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Traefik's file has a list of certificates per resolver, each a PEM text in base64 next to its key. */
function inAcme(json: Json): readonly X509Certificate[] {
  if (json === null || typeof json !== "object") return [];
  return Object.values(json)
    .flatMap((resolver) => listAt(resolver, "Certificates"))
    .flatMap((entry) =>
      inPem(Buffer.from(textAt(entry, "certificate"), "base64").toString("latin1")).slice(0, 1),
    );
}

function nameOf({ subjectAltName, subject }: X509Certificate): string {
  const [first = ""] = (subjectAltName ?? subject ?? "").split(/,|\n/);
  return first.replace(/^(DNS:|CN=)/, "").trim() || "without a name";
}
