import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFiles } from "../../../../src/host/files.ts";
import type { HealthReport } from "../../../../src/model/health.ts";
import { askHealth } from "../../../../src/observe/health/ask-health.ts";
import { builtinHost, builtinReport, codes, NOW, said } from "../../../support/builtin-host.ts";
import { healthSettings } from "../../../support/health-host.ts";

const DAY = 24 * 60 * 60_000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-named-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of the host's own files, at another time. */
async function report(settings: Parameters<typeof healthSettings>[0], now = NOW): Promise<HealthReport> {
  const host = builtinHost();
  const { stat, realPath, read } = createFiles();
  const files = Object.assign(host.files, {
    stat: (path: string) => (path.startsWith(folder) ? stat(path) : Promise.resolve(undefined)),
    realPath,
  });
  const own = files.read.bind(files);
  files.read = (path) => (path.startsWith(folder) ? read(path) : own(path));
  const clock = { ...host.clock, now: () => now };
  const result = await askHealth(
    { ...host, files, clock, facts: { ...host.facts, home: folder } },
    healthSettings(settings),
  );
  if (!result.ok) throw new Error(result.message);
  return result.report;
}

describe("the check of a backup folder", () => {
  const backups = (maxAge?: number) => [
    { path: `${folder}/backups`, ...(maxAge === undefined ? {} : { maxAge }) },
  ];
  const age = async (path: string, days: number) => {
    const time = new Date(NOW.getTime() - days * DAY);
    await utimes(path, time, time);
  };
  const backup = async (name: string, days: number) => {
    await mkdir(join(folder, "backups"), { recursive: true });
    await writeFile(join(folder, "backups", name), "x");
    await age(join(folder, "backups", name), days);
    await age(join(folder, "backups"), days);
  };

  test("takes the age of what was last put into the folder", async () => {
    await backup("old.tar", 40);
    await backup("new.tar", 3);
    expect(await report({ backups: backups() })).toMatchObject({
      score: 100,
      metrics: { backup_age_days: 3 },
    });
  });

  test.each([
    [undefined, 13, []],
    [undefined, 14, ["W005"]],
    [2 * DAY, 1, []],
    [2 * DAY, 2, ["W005"]],
    [60 * DAY, 40, []],
  ])("with the limit %j and %d days of age warns by %j", async (maxAge, days, warnings) => {
    await backup("a.tar", days);
    expect(codes((await report({ backups: backups(maxAge) })).warnings)).toEqual(warnings);
  });

  test.each([
    [12, 20, ["W005 the newest backup in PATH is 20 h old"]],
    [36, 47, ["W005 the newest backup in PATH is 47 h old"]],
    [36, 35.9, []],
    [50, 50.5, ["W005 the newest backup in PATH is 2 days old"]],
  ])("with a limit of %d h and %d h of age says %j", async (limit, hours, sentences) => {
    await backup("a.tar", hours / 24);
    const found = await report({ backups: backups((limit / 24) * DAY) });
    expect(said(found.warnings)).toEqual(sentences.map((text) => text.replace("PATH", `${folder}/backups`)));
    expect(found.metrics.backup_age_days).toBe(Math.round((hours / 24) * 100) / 100);
  });

  test("does not take the folder for new after a job that removes old backups", async () => {
    await backup("newest.tar", 90);
    await backup("older.tar", 120);
    await rm(join(folder, "backups", "older.tar"));
    await age(join(folder, "backups"), 0);
    const found = await report({ backups: backups() });
    expect(said(found.warnings)).toEqual([`W005 the newest backup in ${folder}/backups is 90 days old`]);
  });

  test("does not take the folder for new because of a file from the future", async () => {
    await backup("a.tar", 30);
    await backup("b.tar", -1_000);
    const found = await report({ backups: backups() });
    expect(codes(found.warnings)).toEqual(["W005"]);
    expect(said(found.info)).toEqual([
      `Q000 not checked: backups: ${folder}/backups: 1 entry has a time in the future`,
    ]);
  });

  test.each([
    ["a snapshot of btrfs", "256 49", 1],
    ["a folder", "257 48", 60],
    ["a folder with the number of a snapshot", "256 48", 60],
    ["a folder that is mounted there", "2 49", 60],
  ])("with %s of an old time in it (inode and device %s) reports %d days", async (_, where, days) => {
    const seconds = (ago: number) => (NOW.getTime() - ago * DAY) / 1_000;
    const stdout = `0 ${seconds(1)} 300 48\n1 ${seconds(60)} ${where}\n`;
    const found = await builtinReport({ programs: { find: { stdout } }, settings: { backups: backups() } });
    expect(found.metrics.backup_age_days).toBe(days);
  });

  test("is critical for a folder that is empty or missing", async () => {
    const [{ path = "" } = {}] = backups();
    expect(said((await report({ backups: backups() })).critical)).toEqual([`C005 no backup in ${path}`]);
    await mkdir(path);
    expect(codes((await report({ backups: backups() })).critical)).toEqual(["C005"]);
  });

  test("follows a link, and accepts a path in the home folder", async () => {
    await backup("a.tar", 1);
    await symlink(join(folder, "backups"), join(folder, "link"));
    expect(await report({ backups: [{ path: "~/link" }] })).toMatchObject({
      score: 100,
      metrics: { backup_age_days: 1 },
    });
  });
});

/** Made with openssl for a.example.org and b.example.org, valid from 2026-01-01 to 2026-03-01. */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBaDCCAQ+gAwIBAgIBATAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1hLmV4YW1w
bGUub3JnMB4XDTI2MDEwMTAwMDAwMFoXDTI2MDMwMTAwMDAwMFowGDEWMBQGA1UE
AwwNYS5leGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABO9GVKOC
3R0xKujLVMROM1XoiDM5+bqiJ5OF/z8Kb7e7HxODHLW+tm03FyH4kdlR+pc144tw
rq4oeQ6Rh5+4/7KjSjBIMCcGA1UdEQQgMB6CDWEuZXhhbXBsZS5vcmeCDWIuZXhh
bXBsZS5vcmcwHQYDVR0OBBYEFM0o8DSiEp2Hp7D3MnJV9KUWOFD9MAoGCCqGSM49
BAMCA0cAMEQCIFN9y9KSE0iz970PeWGW/O071AcLoRoVWScaK58LP92EAiBMTebU
XKyB+RgN5ZWjmhhzX5PGih3cNg8N5aFEFwJpow==
-----END CERTIFICATE-----`;

/** For c.example.org, of the same time. */
const OTHER_PEM = `-----BEGIN CERTIFICATE-----
MIIBWjCCAQCgAwIBAgIBAjAKBggqhkjOPQQDAjAYMRYwFAYDVQQDDA1jLmV4YW1w
bGUub3JnMB4XDTI2MDEwMTAwMDAwMFoXDTI2MDMwMTAwMDAwMFowGDEWMBQGA1UE
AwwNYy5leGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFnp6GuV
i2SDFYSX941BUQlU7OiksGKI2Z+n1IPzsZtMylTmyhflb/uCri0n4dwYwxTAjzd6
wmgDYZu2uMTGy8ajOzA5MBgGA1UdEQQRMA+CDWMuZXhhbXBsZS5vcmcwHQYDVR0O
BBYEFGzL9CC6vNFlVq9hmlaKBig2qdvrMAoGCCqGSM49BAMCA0gAMEUCIBuPBpYp
QimkZDkLEVO8JSDVbDMpENUymAxOBTLc9tGNAiEA/MD5feY2JcIS//JLyiXlZSmN
qSSIXPbB+ZsJpvswPdQ=
-----END CERTIFICATE-----`;

describe("the check of a certificate", () => {
  const at = (time: string) => new Date(time);
  const certificates = () => [`${folder}/cert.pem`];
  const write = (text: string) => writeFile(join(folder, "cert.pem"), text);

  test.each([
    ["2026-02-01T00:00:00Z", [], []],
    ["2026-02-14T12:00:00Z", [], []],
    ["2026-02-16T00:00:00Z", [], ["Q025"]],
    ["2026-02-23T00:00:00Z", ["C006"], []],
    ["2026-04-01T00:00:00Z", ["C006"], []],
  ])("at %s is critical by %j and a warning by %j", async (time, critical, warnings) => {
    await write(PEM);
    const found = await report({ certificates: certificates() }, at(time));
    expect([codes(found.critical), codes(found.warnings)]).toEqual([critical, warnings]);
  });

  test("names the certificate, with the days that are left", async () => {
    await write(`a chain:\n${PEM}\n${OTHER_PEM}`);
    const found = await report({ certificates: certificates() }, at("2026-02-25T12:00:00Z"));
    const message = (name: string) => `C006 certificate ${name} (${folder}/cert.pem) expires in 3 days`;
    expect(said(found.critical)).toEqual([message("a.example.org"), message("c.example.org")]);
    expect(found.metrics.certificate_days_left).toBe(3);
  });

  test("says when the certificate expired", async () => {
    await write(PEM);
    const found = await report({ certificates: certificates() }, at("2026-03-02T12:00:00Z"));
    expect(said(found.critical)).toEqual([
      `C006 certificate a.example.org (${folder}/cert.pem) expired on 2026-03-01`,
    ]);
  });

  test("counts a certificate once if it is in two files, or in one named twice", async () => {
    await write(PEM);
    await writeFile(join(folder, "copy.pem"), `${PEM}\n${PEM}\n`);
    const files = [...certificates(), ...certificates(), `${folder}/copy.pem`];
    const found = await report({ certificates: files }, at("2026-02-25T12:00:00Z"));
    expect(said(found.critical)).toEqual([
      `C006 certificate a.example.org (${folder}/cert.pem, ${folder}/copy.pem) expires in 3 days`,
    ]);
  });

  test("finds certificates in Traefik's acme.json beside their keys", async () => {
    const entry = (pem: string) => ({ certificate: Buffer.from(pem).toString("base64"), key: "c2VjcmV0" });
    const entries = [entry(PEM), entry(OTHER_PEM)];
    await write(
      JSON.stringify({ letsencrypt: { Account: { Email: "x" }, Certificates: entries }, other: null }),
    );
    const found = await report({ certificates: certificates() }, at("2026-02-16T00:00:00Z"));
    expect(codes(found.warnings)).toEqual(["Q025", "Q025"]);
    expect(JSON.stringify(found)).not.toContain("c2VjcmV0");
  });

  test.each([
    ["is not there", undefined],
    ["holds none", "hello"],
    ["is broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
    ["is no JSON", "{"],
    ["has no certificates yet", '{"letsencrypt":{"Certificates":null}}'],
  ])("reports as unreadable a file that %s", async (_, text) => {
    if (text !== undefined) await write(text);
    const found = await report({ certificates: certificates() });
    expect(codes(found.warnings)).toEqual(["W006"]);
    expect(found.warnings[0]?.message).toContain(`${folder}/cert.pem (`);
  });

  test("reports as unreadable a file that does not answer, without waiting for it", async () => {
    execFileSync("mkfifo", [`${folder}/cert.pem`]);
    const found = await report({ certificates: [`${folder}/cert.pem`], timeout: 300 });
    expect(said(found.warnings)).toEqual([
      `W006 certificate unreadable: ${folder}/cert.pem (no answer within 0.3 s)`,
    ]);
  });

  test.each([
    ["nowhere.pem", "No such file or directory"],
    [".", "Is a directory"],
  ])("reports for %s why it cannot be read", async (name, why) => {
    const found = await report({ certificates: [`${folder}/${name}`] });
    expect(said(found.warnings)).toEqual([`W006 certificate unreadable: ${folder}/${name} (${why})`]);
  });
});
