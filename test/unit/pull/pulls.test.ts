import { describe, expect, test } from "vitest";
import type { SyncEvent } from "../../../src/model/event.ts";
import type { BringOptions } from "../../../src/model/host.ts";
import { type ImageNeed, needKey } from "../../../src/model/image-need.ts";
import { createPulls } from "../../../src/pull/index.ts";

const need = (image: string, more: Partial<ImageNeed> = {}): ImageNeed => ({
  image,
  how: "pull",
  words: ["image", "pull", "--", image],
  variables: {},
  optional: false,
  unless: [],
  instances: [image],
  ...more,
});

/** A podman whose pulls end when the test says so, on a clock that moves only by sleep. */
function scene(files: readonly string[] = []) {
  const begun: string[] = [];
  const ends = new Map<string, (problem?: string) => void>();
  const events: SyncEvent[] = [];
  let now = 0;
  const pulls = createPulls({
    clock: {
      ticks: () => now,
      now: () => new Date(now),
      timezone: () => "UTC",
      sleep: async (ms) => {
        now += ms;
      },
    },
    files: { stat: async (path: string) => (files.includes(path) ? { kind: "file" } : undefined) } as never,
    podman: {
      bringImage: ({ image }: ImageNeed, { signal }: BringOptions) => {
        begun.push(image);
        return new Promise<string | undefined>((resolve) => {
          ends.set(image, resolve);
          signal?.addEventListener("abort", () => resolve("killed"));
        });
      },
    } as never,
  });
  const flush = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    pulls,
    begun,
    events,
    flush,
    pass: (ms: number) => {
      now += ms;
    },
    now: () => now,
    end: async (image: string, problem?: string) => {
      ends.get(image)?.(problem);
      await flush();
    },
    bring: (needs: readonly ImageNeed[], { attended = false, signal = new AbortController().signal } = {}) =>
      pulls.bring(needs, { attended, timeoutMs: 600_000, signal, emit: (event) => events.push(event) }),
  };
}

describe("bringing images", () => {
  test("has at most three under way, and ends when all have ended", async () => {
    const it = scene();
    const names = ["a", "b", "c", "d"];
    const result = it.bring(names.map((name) => need(name)));
    await it.flush();
    expect(it.begun).toEqual(["a", "b", "c"]);
    await it.end("b");
    expect(it.begun).toEqual(names);
    for (const name of ["a", "c"]) await it.end(name);
    await it.end("d", "manifest unknown");
    expect(await result).toEqual({
      failed: new Map([[needKey(need("d")), "manifest unknown"]]),
      overtaken: false,
    });
  });

  test("tries again what may pass, at most three times, and what does not pass once", async () => {
    const it = scene();
    const result = it.bring([need("a"), need("b")]);
    await it.flush();
    await it.end("b", "reading manifest: unauthorized");
    for (const _ of [1, 2, 3]) await it.end("a", "unexpected EOF");
    expect([...(await result).failed.values()]).toEqual(["unexpected EOF", "reading manifest: unauthorized"]);
    expect(it.begun).toEqual(["a", "b", "a", "a"]);
    expect(it.now()).toBe(10_000);
  });

  test("is content with the image that is here, if that will do", async () => {
    const it = scene();
    const result = it.bring([need("a", { optional: true })]);
    await it.flush();
    await it.end("a", "unexpected EOF");
    expect((await result).failed.size).toBe(0);
    expect([it.begun, it.now()]).toEqual([["a"], 0]);
  });

  test("asks podman neither for what must not be pulled, nor for what it builds by itself", async () => {
    const it = scene(["/a/Dockerfile"]);
    const never = need("b", { how: "none" });
    const { failed } = await it.bring([need("a", { unless: ["/a/Containerfile", "/a/Dockerfile"] }), never]);
    expect([...failed.keys()]).toEqual([needKey(never)]);
    expect(it.begun).toEqual([]);
  });

  test("ends what is under way when it is asked to end", async () => {
    const it = scene();
    const stop = new AbortController();
    const result = it.bring([need("a"), need("b")], { signal: stop.signal });
    await it.flush();
    stop.abort();
    expect((await result).failed.size).toBe(2);
    expect(it.pulls.retryInMs()).toBeUndefined();
  });
});

describe("several syncs of one process", () => {
  test("share the pull that a later one still wants, and end the others", async () => {
    const it = scene();
    const first = it.bring([need("a"), need("b")]);
    await it.flush();
    const second = it.bring([need("a"), need("c")]);
    await it.flush();
    expect(await first).toEqual({ failed: new Map(), overtaken: true });
    expect(it.begun).toEqual(["a", "b", "c"]);
    const bad = it.events.filter((event) => event.type === "image-finished");
    expect(bad).toEqual([expect.objectContaining({ image: "b", problem: "killed" })]);
    await it.end("a");
    await it.end("c");
    expect(await second).toEqual({ failed: new Map(), overtaken: false });
  });

  test("end all pulls if the later one needs none", async () => {
    const it = scene();
    const first = it.bring([need("a")]);
    await it.flush();
    it.pulls.bringNone();
    expect((await first).overtaken).toBe(true);
    await it.flush();
    expect(it.events.at(-1)).toMatchObject({ type: "image-finished", problem: "killed" });
  });

  test("leave an image alone for a while that could not be had, longer each time, unless a person asks", async () => {
    const it = scene();
    const fail = async (attended = false) => {
      const result = it.bring([need("a")], { attended });
      await it.flush();
      await it.end("a", "manifest unknown");
      return (await result).failed.size;
    };
    expect(await fail()).toBe(1);
    expect(it.pulls.retryInMs()).toBe(60_000);
    it.pass(59_000);
    expect((await it.bring([need("a")])).failed.size).toBe(1);
    expect(it.begun.length).toBe(1);
    it.pass(1_000);
    expect(it.pulls.retryInMs()).toBeUndefined();
    expect(await fail()).toBe(1);
    expect(it.begun.length).toBe(2);
    expect(it.pulls.retryInMs()).toBe(120_000);
    expect(await fail(true)).toBe(1);
    expect(it.begun.length).toBe(3);
    const other = it.bring([need("b")]);
    await it.flush();
    await it.end("b");
    await other;
    expect(it.pulls.retryInMs()).toBeUndefined();
  });
});
