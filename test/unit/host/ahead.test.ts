import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHost, lookAhead } from "../../../src/host/create-host.ts";
import { FACTS } from "../../support/health-host.ts";

const PATH = process.env.PATH ?? "";
const NEVER = new AbortController().signal;
const LISTS = ["images", "network", "ps"];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-ahead-"));
  process.env.PATH = `${folder}:${PATH}`;
});
afterEach(async () => {
  process.env.PATH = PATH;
  await rm(folder, { recursive: true, force: true });
});

/** A podman that notes what it is asked, and has nothing. */
async function podman(then = "exit 0"): Promise<void> {
  const path = join(folder, "podman");
  await writeFile(path, `#!/bin/sh\necho $1 >>${folder}/asked\n${then}\n`);
  await chmod(path, 0o755);
}

const asked = async () => (await readFile(join(folder, "asked"), "utf8")).split("\n").filter(Boolean).sort();

async function askAll(host: ReturnType<typeof createHost>): Promise<void> {
  const { podman: one } = host.within(60_000);
  await Promise.all([one.containers(), one.networks(), one.images()]);
}

it("podman's lists asked for early are used once, then asked for again", async () => {
  await podman();
  const host = createHost(FACTS, [], lookAhead(FACTS, NEVER));
  await askAll(host);
  expect(await asked()).toEqual(LISTS);
  await askAll(host);
  expect(await asked()).toEqual([...LISTS, ...LISTS].sort());
});

it("an early answer about one kind of host says nothing about the other", async () => {
  await podman();
  const begun = lookAhead(FACTS, NEVER);
  await askAll(createHost(FACTS, [], begun));
  await askAll(createHost({ ...FACTS, rootless: !FACTS.rootless }, [], lookAhead(FACTS, NEVER)));
  await expect.poll(asked).toEqual([...LISTS, ...LISTS, ...LISTS].sort());
});

it("an early failure is reported to the first question that needs the answer, and no other", async () => {
  await podman("echo 'no such store' >&2; exit 125");
  const begun = lookAhead(FACTS, NEVER);
  await expect.poll(() => asked().catch(() => [])).toEqual(LISTS);
  const { podman: one } = createHost(FACTS, [], begun).within(60_000);
  await podman();
  await expect(one.networks()).rejects.toThrow("no such store");
  await expect(one.networks()).resolves.toEqual([]);
});

it("an early question that is never used is ended, with a podman that hangs", async () => {
  await podman(`echo $$ >>${folder}/pids; exec sleep 3600`);
  const over = new AbortController();
  const begun = lookAhead(FACTS, over.signal);
  const pids = async () => (await readFile(join(folder, "pids"), "utf8")).split("\n").filter(Boolean);
  await expect.poll(async () => (await pids().catch(() => [])).length).toBe(LISTS.length);
  const asking = createHost(FACTS, [], begun).within(60_000).podman.networks();
  over.abort();
  await expect(asking).rejects.toMatchObject({ reason: "no-answer" });
  for (const pid of await pids()) await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
});
