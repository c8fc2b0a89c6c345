import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hostTimezone } from "../../../src/host/timezone.ts";

let folder: string;
let localtime: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quadgate-zone-"));
  localtime = join(folder, "localtime");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe("the host's own time zone", () => {
  test.each([
    ["/usr/share/zoneinfo/Europe/Oslo", "Europe/Oslo"],
    ["../usr/share/zoneinfo/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"],
    ["/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"],
    ["/etc/zoneinfo/UTC", "UTC"],
  ])("is that of /etc/localtime, %s, whatever TZ says", async (target, zone) => {
    vi.stubEnv("TZ", "Pacific/Auckland");
    await symlink(target, localtime);
    expect(hostTimezone(localtime)).toBe(zone);
  });

  test.each(["a file of its own", "nothing", "a link to no zone"])(
    "is the one of TZ if /etc/localtime is %s, and UTC if that is empty",
    async (what) => {
      if (what === "a file of its own") await writeFile(localtime, "TZif2");
      if (what === "a link to no zone") await symlink("/usr/share/zoneinfo/Nowhere/Land", localtime);
      vi.stubEnv("TZ", "Asia/Tokyo");
      expect(hostTimezone(localtime)).toBe("Asia/Tokyo");
      vi.stubEnv("TZ", "");
      expect(hostTimezone(localtime)).toBe("UTC");
    },
  );
});
