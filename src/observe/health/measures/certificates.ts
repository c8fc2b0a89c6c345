import { X509Certificate } from "node:crypto";
import { type Json, listAt, textAt } from "../../../model/live.ts";
import type { Look, Measure, Measured, Measurement } from "../measure.ts";
import { why } from "../measure.ts";
import { expandHome } from "../report-dir.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const DAY_MS = 24 * 60 * 60_000;

/** Files that the settings name: PEM, or Traefik's acme.json. Of several certificates each counts. */
export const certificates: Measure = { name: "certificates", read };

async function read(look: Look): Promise<Measured> {
  const files = look.settings.certificates ?? [];
  const looked = await Promise.all(
    files.map((file) => readFile(look, file).catch((error: unknown) => [unreadable(file, why(error))])),
  );
  return { values: looked.flat() };
}

async function readFile(look: Look, file: string): Promise<readonly Measurement[]> {
  const text = await contentOf(look, expandHome(look.host, file));
  const found = text.trimStart().startsWith("{") ? inAcme(JSON.parse(text)) : inPem(text);
  if (found.length === 0) throw new Error("no certificate in it");
  const now = look.host.clock.now().getTime();
  return found.map((certificate) => ({
    metric: "certificate_days_left",
    value: Math.floor((Date.parse(certificate.validTo) - now) / DAY_MS),
    subject: `${nameOf(certificate)} (${file})`,
  }));
}

/** By a program that can be killed where the file is on another machine that does not answer, or no file at all. */
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

/** Traefik's file: by resolver, a list of certificates, each a PEM text in base64 beside its key. */
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
