import { describe, expect, test } from "vitest";
import {
  imageName,
  isImageReference,
  isPinned,
  splitImageReference,
} from "../../../src/lib/image-reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an image reference", () => {
  test.each([
    ["redis", "redis", undefined, undefined],
    ["docker.io/library/redis:7.4", "docker.io/library/redis", "7.4", undefined],
    [`quay.io/a/b@${DIGEST}`, "quay.io/a/b", undefined, DIGEST],
    [`quay.io/a/b:1@${DIGEST}`, "quay.io/a/b", "1", DIGEST],
    ["localhost:5000/app", "localhost:5000/app", undefined, undefined],
    ["localhost:5000/app:1", "localhost:5000/app", "1", undefined],
    ["redis:", "redis", "", undefined],
    ["", "", undefined, undefined],
  ])("%j is split into its parts", (reference, repository, tag, digest) => {
    expect(splitImageReference(reference)).toEqual({ repository, tag, digest });
  });

  test("is called by the last part of its repository", () => {
    expect(["docker.io/library/redis", "redis", "localhost:5000/app"].map(imageName)).toEqual([
      "redis",
      "redis",
      "app",
    ]);
  });

  test("is pinned by a digest alone", () => {
    expect([`a/b:1@${DIGEST}`, "a/b:1", "a/b"].map(isPinned)).toEqual([true, false, false]);
  });

  test.each([
    ["redis", true],
    ["Docker.example:5000/a/b-c__d.e:Tag_1", true],
    [`[::1]:5000/a@${DIGEST}`, true],
    ["a---b/c", true],
    ["Redis", false],
    ["a b", false],
    ["docker://redis", false],
    ["redis:", false],
    ["a/b@sha256:abc", false],
    [`a/${"b".repeat(512)}`, false],
  ])("%j is valid for podman: %j", (text, isOne) => {
    expect(isImageReference(text)).toBe(isOne);
  });
});
