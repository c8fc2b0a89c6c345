import { expect, it } from "vitest";
import { parseLoaded } from "../../../src/quadlet/generated.ts";
import { networkOf } from "../../../src/quadlet/network-names.ts";
import { FACTS } from "../../support/health-host.ts";
import { generated } from "../../support/plan-input.ts";

const SERVICE = "n-network.service";
const makes = (name: string | undefined) => {
  const text = `[Service]\nExecStart=/usr/bin/podman network create --ignore ${name}\n`;
  return name === undefined ? {} : { [SERVICE]: text };
};

it.each([
  ["that of the service which systemd has loaded", "new", "old", "old"],
  ["that of the unit which git has, where systemd knows none", "new", undefined, "new"],
  ["podman's own where nobody knows the unit", undefined, undefined, "systemd-n"],
  ["not known where only systemd knows it", undefined, "%m", undefined],
])("a network's name is %s", (_, wanted, loaded, expected) => {
  const texts = new Map(Object.entries(makes(loaded)));
  const sources = { generated: generated(makes(wanted)), loaded: parseLoaded(texts), facts: FACTS };
  expect(networkOf("n.network", SERVICE, sources)).toBe(expected);
});
