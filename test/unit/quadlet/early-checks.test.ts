import { expect, test } from "vitest";
import { earlyChecks } from "../../../src/quadlet/early-checks.ts";
import { generated } from "../../support/plan-input.ts";

const runs = (flags: string) => `[Service]\nExecStart=/usr/bin/podman run ${flags} image\n`;

test("a health check runs early under the container's name, but not if podman would act on its failures", () => {
  const services = generated({
    "web.service": runs("--name web --health-cmd check"),
    "left.service": runs("--name left --health-cmd check --health-on-failure none"),
    "killed.service": runs("--name killed --health-cmd check --health-on-failure kill"),
    "unchecked.service": runs("--name unchecked"),
    "off.service": runs("--name off --health-cmd none"),
    "unknown.service": runs("--name %m --health-cmd check"),
    "net-network.service": "[Service]\nExecStart=/usr/bin/podman network create net\n",
  });
  expect([...earlyChecks(services)]).toEqual([
    ["web.service", "web"],
    ["left.service", "left"],
  ]);
});
