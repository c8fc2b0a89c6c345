import { describe, expect, test } from "vitest";
import type { Json, ServiceState } from "../../../src/model/live.ts";
import { unitImages } from "../../../src/quadlet/images.ts";
import { generated, liveWith } from "../../support/plan-input.ts";

const NAME = "docker.io/library/web:1";
const tagged = (Id: string, ...Names: readonly string[]): Json => ({ Id, Names });
const madeOf = (Image: string, service: string): Json => ({
  Image,
  ImageName: NAME,
  Config: { Labels: { PODMAN_SYSTEMD_UNIT: service } },
});

/** What is said of the unit of one service, with this command, on a host with these images and containers. */
function imageOf(
  command: string,
  { service = "web.service", images = [tagged("aa", NAME)], containers = [] as readonly Json[] } = {},
) {
  const text = `[Service]\nExecStart=/usr/bin/podman ${command}\n`;
  const live = { ...liveWith(containers), images };
  const unit = service.replace(".service", ".container");
  return unitImages([unit], { generated: generated({ [service]: text }), live }).get(unit);
}

describe("the image of a unit", () => {
  test("is the local image with that name, drop-ins and other units included", () => {
    expect(imageOf(`run --name web ${NAME} serve`)).toEqual({ reference: NAME, next: "aa", running: [] });
  });

  test.each([
    ["none has the name", [tagged("aa", "docker.io/library/web:2")]],
    ["two have it", [tagged("aa", "docker.io/library/web:1"), tagged("bb", "quay.io/library/web:1")]],
  ])("is unknown if %s", (_, images) => {
    expect(imageOf("run --name web library/web:1", { images })?.next).toBeNull();
  });

  test.each([
    ["run", "aa"],
    ["run --pull missing", "aa"],
    ["run --pull=never", "aa"],
    ["run --pull always", null],
    ["run --pull=newer", null],
    ["image pull", null],
    ["image pull --policy always", null],
    ["image pull --policy missing", "aa"],
  ])("for `%s` is %j, as a registry's answer cannot be known", (command, next) => {
    expect(imageOf(`${command} ${NAME}`)?.next).toBe(next);
  });

  test.each(["run --rootfs /srv/root", "kube play /x.yaml", "build --tag web:1 /x", "network create x"])(
    "is undefined for `%s`, which names no image",
    (command) => {
      expect(imageOf(command)).toBeUndefined();
    },
  );

  test("comes with the images of the service's containers, and those of all instances of a template", () => {
    const containers = [
      madeOf("sha256:aa", "web.service"),
      madeOf("bb", "web@one.service"),
      madeOf("cc", "web@two.service"),
    ];
    const running = (service: string) =>
      imageOf(`run --name web ${NAME}`, { service, containers })?.running.map(({ id }) => id);
    expect(running("web.service")).toEqual(["aa"]);
    expect(running("web@.service")).toEqual(["bb", "cc"]);
  });

  const pulledFirst = (command: string, activeState: string, key = "Requires") => {
    const text = (unit: string, exec: string) =>
      `[Unit]\n${unit}\n[Service]\nExecStart=/usr/bin/podman ${exec}\n`;
    const services = {
      "web.service": text(`${key}=net.service pod.service`, `run --name web ${NAME}`),
      "pod.service": text("Wants=web-image.service\nAfter=other-image.service", "pod start web"),
      "web-image.service": text("", command),
      "other-image.service": text("", `image pull ${NAME}`),
    };
    const live = {
      ...liveWith([]),
      images: [tagged("aa", NAME)],
      services: new Map([["web-image.service", { activeState } as ServiceState]]),
    };
    return unitImages(["web.container"], { generated: generated(services), live }).get("web.container")?.next;
  };

  test.each([
    ["inactive", "image pull docker-archive:/srv/web.tar", null],
    ["inactive", "image pull --policy missing docker-archive:/srv/web.tar", null],
    ["failed", `image pull ${NAME}`, null],
    ["activating", `image pull --policy newer ${NAME}`, null],
    ["active", `image pull ${NAME}`, "aa"],
    ["inactive", `image pull --policy missing ${NAME}`, "aa"],
    ["inactive", `image pull --policy never ${NAME}`, "aa"],
    ["inactive", `image pull docker.io/library/web@sha256:${"0".repeat(64)}`, "aa"],
    ["inactive", "network create web", "aa"],
  ])("with a needed service that is %s and would `%s` is %j", (activeState, command, next) => {
    expect(pulledFirst(command, activeState)).toBe(next);
    expect(pulledFirst(command, activeState, "BindsTo")).toBe(next);
    expect(pulledFirst(command, activeState, "After")).toBe("aa");
  });
});
