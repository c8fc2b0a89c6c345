import { expect, test } from "vitest";
import { signalName } from "../../../../src/quadlet/argv/signal-names.ts";

test.each([
  ["2", "SIGINT"],
  ["INT", "SIGINT"],
  ["sigint", "SIGINT"],
  ["SIGRTMIN+3", "SIGRTMIN+3"],
  ["15", "SIGTERM"],
])("the signal %s is normalised to %s", (text, name) => {
  expect(signalName(text)).toBe(name);
});
