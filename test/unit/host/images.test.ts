import { arch } from "node:os";
import { describe, expect, it } from "vitest";
import { localImage, remoteImage } from "../../../src/host/images.ts";
import { digestOf } from "../../../src/lib/digest.ts";
import type { Processes, RunResult } from "../../../src/model/host.ts";

/** A podman that answers in this way. */
const podman = (answer: Partial<RunResult>): Processes => ({
  run: async () => ({ exitCode: 0, stdout: "", stderr: "", timedOut: false, ...answer }),
});

const OWN = { x64: "amd64", ia32: "386" }[arch() as string] ?? arch();
const list = (...architectures: string[]) =>
  JSON.stringify({
    manifests: architectures.map((architecture) => ({
      digest: `sha256:${architecture}`,
      platform: { architecture },
    })),
  });

describe("an image that is only in the registry", () => {
  const ask = (answer: Partial<RunResult>) => remoteImage(podman(answer), "docker.io/library/x:1", 5_000);

  it("has the digest that the registry's list gives for this machine", async () => {
    expect(await ask({ stdout: list("s390x", OWN) })).toEqual({ digest: `sha256:${OWN}` });
    expect(await ask({ stdout: list("s390x") })).toEqual({ problem: `the image is not made for ${OWN}` });
  });

  it("has the digest of its manifest, as quoted by podman, if there is no list", async () => {
    const manifest = '{"schemaVersion":2,"config":{"digest":"sha256:c5b1"},"annotations":{"a":"\\\\ \\""}}';
    const stderr = `Error: parsing manifest blob ${JSON.stringify(manifest)} as a "application/vnd.oci.image.manifest.v1+json": Treating single images as manifest lists is not implemented\n`;
    expect(await ask({ exitCode: 125, stderr })).toEqual({ digest: `sha256:${digestOf(manifest)}` });
    const strange = stderr.replace('"{', '"\\x00{');
    expect(await ask({ exitCode: 125, stderr: strange })).toEqual({ digest: null });
  });

  it("is unavailable for the reason that podman gives, or because the registry does not answer", async () => {
    const stderr = 'Error: reading image "docker://x:1": manifest unknown\n';
    expect(await ask({ exitCode: 125, stderr })).toEqual({
      problem: 'reading image "docker://x:1": manifest unknown',
    });
    expect(await ask({ exitCode: undefined, timedOut: true })).toEqual({
      problem: "the registry did not answer within 5 s",
    });
  });
});

describe("an image that is on the host", () => {
  it("has a digest, or an id if no registry gave it one", async () => {
    const ask = (stdout: string, exitCode = 0) => localImage(podman({ stdout, exitCode }), "x");
    expect(await ask('[{"Id":"abc","Digest":"sha256:def"}]')).toBe("sha256:def");
    expect(await ask('[{"Id":"abc"}]')).toBe("sha256:abc");
    expect(await ask("[]", 125)).toBeUndefined();
  });
});
