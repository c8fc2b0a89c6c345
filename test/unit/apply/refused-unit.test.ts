import { expect, it } from "vitest";
import { whyRefused } from "../../../src/apply/start.ts";

const FATAL = "rel.service: Unit configuration has fatal error, unit will not be started.";

it.each([
  [
    "the unit as a whole",
    ["Stopped db.service.", "db.service: Service has more than one ExecStart= setting. Refusing."],
    "systemd does not load db.service: Service has more than one ExecStart= setting. Refusing.",
  ],
  [
    "a line",
    ["/etc/systemd/system/rel.service:2: Neither a valid executable name: bin/relative", FATAL],
    "systemd does not load rel.service: /etc/systemd/system/rel.service:2: Neither a valid executable name: bin/relative",
  ],
  ["nothing more", [FATAL], `systemd does not load rel.service: ${FATAL}`],
  ["nothing", ["Started rel.service."], undefined],
])("what systemd's journal says last of %s is why it does not load a unit", (_, lines, expected) => {
  const [service = ""] = /\w+\.service/.exec(lines.at(-1) ?? "") ?? [];
  expect(whyRefused(service, ["Stopping other.service...", ...lines])).toBe(expected);
});
