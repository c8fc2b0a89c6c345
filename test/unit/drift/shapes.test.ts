import { describe, expect, test } from "vitest";
import { health } from "../../../src/drift/fields/health.ts";
import { image } from "../../../src/drift/fields/image.ts";
import { log } from "../../../src/drift/fields/log.ts";
import { volumes } from "../../../src/drift/fields/volumes.ts";
import { withIndex } from "../../../src/drift/indexed-live.ts";
import type { FieldRow, RowContext } from "../../../src/drift/row.ts";
import { imageNames, objectOf } from "../../../src/drift/unit-object.ts";
import type { Json } from "../../../src/model/live.ts";
import { parsePodman } from "../../../src/quadlet/argv/podman-call.ts";
import { recorded } from "./host.ts";

/** What a row says is declared by a command, and what it says is there. */
function compare(
  row: FieldRow,
  words: string,
  container: Json,
  images: readonly Json[] = [],
  imageDetails: readonly Json[] = [],
) {
  const call = parsePodman(`podman run ${words}`.split(" "));
  if (call === undefined) throw new Error(`this is no command: ${words}`);
  const { live, facts } = recorded("5.4");
  const context: RowContext = {
    live: withIndex({ ...live, images, imageDetails }),
    facts,
    call,
    service: undefined,
  };
  const declared = row.declared({ call, service: new Map() }, context);
  return { declared, live: row.container?.(declared, container, context, declared) };
}

/** Shapes seen in labs, on podman 5.4 and 5.8. */
describe("the health check of a container that declares none", () => {
  const id = "a".repeat(64);
  const container = (...Test: readonly string[]) => ({ Image: id, Config: { Healthcheck: { Test } } });
  const image = (...Test: readonly string[]) => ({
    Id: id,
    ...(Test.length > 0 && { HealthCheck: { Test } }),
  });
  const seen = (live: Json, ...images: readonly Json[]) =>
    compare(health, "localhost/busybox", live, [], images).live;

  test("is the image's, and another one is drift", () => {
    expect(seen(container("CMD-SHELL", "check"), image("CMD-SHELL", "check"))).toEqual({});
    expect(seen({ Image: id, Config: {} }, image())).toEqual({});
    expect(seen(container("CMD-SHELL", "true"), image())).toEqual({ command: "true" });
    expect(seen(container("NONE"), image("CMD-SHELL", "check"))).toEqual({ command: "none" });
  });

  test("is not compared if the image is gone", () => {
    expect(seen(container("CMD-SHELL", "true"))).toEqual({});
  });
});

describe("a value that podman shows in another form is not drift:", () => {
  test("a writable image is a mount of the image, and an overlay beside it", () => {
    const overlay = { Type: "bind", Source: "/store/merge", Destination: "/image", RW: true };
    const asked = {
      Type: "image",
      Source: "docker.io/library/busybox:1.36",
      Destination: "/image",
      RW: true,
    };
    for (const Mounts of [
      [asked, overlay],
      [overlay, asked],
    ]) {
      const words =
        "--mount type=image,source=docker.io/library/busybox:1.36,dst=/image,rw=true localhost/busybox";
      const { declared, live } = compare(volumes, words, { Mounts });
      expect(live).toEqual(declared);
    }
  });

  test("`docker://` brings any name that the image has", () => {
    const container = { ImageName: "docker.io/library/busybox:latest", Image: "a".repeat(64) };
    const named = (...Names: readonly string[]) => [{ Id: "a".repeat(64), Names }];
    const all = named("docker.io/library/busybox:latest", "docker.io/library/busybox:1.37");
    const name = "docker.io/library/busybox:1.37";
    const { declared, live } = compare(image, `docker://${name}`, container, all);
    expect(live).toEqual(declared);
    expect(compare(image, name, container, all).live).toMatchObject({
      name: "docker.io/library/busybox:latest",
    });
    const other = named("docker.io/library/busybox:latest");
    expect(compare(image, `docker://${name}`, container, other).live).toMatchObject({
      name: "docker.io/library/busybox:latest",
    });
  });

  test("`json-file` is the same log driver as `k8s-file`", () => {
    const kept = (Type: string) => ({ HostConfig: { LogConfig: { Type } } });
    const { declared, live } = compare(log, "--log-driver json-file x", kept("json-file"));
    expect(live).toEqual(declared);
    expect(compare(log, "--log-driver json-file x", kept("journald")).live).not.toEqual(declared);
  });
});

test("a pod without its infra container yet is not mistaken for one without networks and ports", () => {
  const pod = { Name: "systemd-web", State: "Created", InfraContainerID: "a".repeat(64) };
  const infra = { Id: "a".repeat(64), HostConfig: { ShmSize: 1 } };
  const { live } = recorded("5.4");
  const sought = { kind: "pod", service: "web-pod.service", name: "systemd-web", call: undefined } as const;
  expect(objectOf(sought, withIndex({ ...live, pods: [pod] }))).toBeUndefined();
  const both = { ...live, pods: [pod], containers: [...live.containers, infra] };
  expect(objectOf(sought, withIndex(both))).toMatchObject({
    Name: "systemd-web",
    HostConfig: { ShmSize: 1 },
  });
});

describe("the names of an image unit's image on the host", () => {
  test.each([
    ["image pull docker.io/library/redis:7", ["docker.io/library/redis:7"]],
    ["image pull docker://docker.io/library/redis:7", ["docker.io/library/redis:7"]],
    ["image pull docker-archive:/srv/image.tar", []],
    ["image pull oci:/srv/layout:1", []],
    ["build --tag localhost/a:1 --tag localhost/a:2 /srv", ["localhost/a:1", "localhost/a:2"]],
  ])("are known for `podman %s`", (words, names) => {
    expect(imageNames(parsePodman(["podman", ...words.split(" ")]))).toEqual(names);
  });
});
