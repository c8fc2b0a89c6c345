import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/model/live.ts";
import { unitImages } from "../../../src/plan/index.ts";
import { FACTS } from "../../support/health-host.ts";
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
  return unitImages([unit], { generated: generated({ [service]: text }), live, facts: FACTS }).get(unit);
}

describe("the image of a unit", () => {
  test("is the local one that goes by the name, drop-ins and other units included", () => {
    expect(imageOf(`run --name web ${NAME} serve`)).toEqual({ reference: NAME, next: "aa", running: [] });
  });

  test.each([
    ["none has the name", [tagged("aa", "docker.io/library/web:2")]],
    ["two have it", [tagged("aa", "docker.io/library/web:1"), tagged("bb", "quay.io/library/web:1")]],
  ])("is not known where %s", (_, images) => {
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
  ])("by `%s` is %j: what a registry would say is not known", (command, next) => {
    expect(imageOf(`${command} ${NAME}`)?.next).toBe(next);
  });

  test.each(["run --rootfs /srv/root", "kube play /x.yaml", "build --tag web:1 /x", "network create x"])(
    "is none by name with `%s`",
    (command) => {
      expect(imageOf(command)).toBeUndefined();
    },
  );

  test("comes with those of the containers that the service has, of a template all of them", () => {
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
});
