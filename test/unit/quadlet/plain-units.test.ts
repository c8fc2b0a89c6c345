import { describe, expect, it } from "vitest";
import { lastValueOf, valuesOf } from "../../../src/quadlet/argv/unit-text.ts";
import { parseGenerated } from "../../../src/quadlet/generated.ts";
import { bondsOf } from "../../../src/quadlet/links.ts";
import { dependencies } from "../../../src/quadlet/order.ts";
import {
  mergedText,
  serviceOfSocket,
  unitOfTimer,
  withoutPlainUnits,
  withPlainUnits,
} from "../../../src/quadlet/plain-units.ts";
import { FACTS } from "../../support/health-host.ts";

const DIR = FACTS.systemdDir;
const unit = (name: string, content: string) => ({ name, content });
const NOTHING = parseGenerated({ folder: "", services: new Map(), messages: [] }, FACTS);
const made = (...units: readonly ReturnType<typeof unit>[]) => withPlainUnits(NOTHING, units, FACTS);
const linksOf = (name: string, install: string) =>
  made(unit(name, `[Install]\n${install}`)).byUnit.get(name)?.plain?.links;

describe("a plain unit", () => {
  it("means itself, with its drop-ins in the order of their names", () => {
    const text = mergedText("a.timer", [
      unit("a.timer.d/20-b.conf", "[Timer]\nOnCalendar=weekly\n"),
      unit("a.timer.d/10-a.conf", "[Timer]\nOnCalendar=\nOnCalendar=hourly\n"),
      unit("a.timer", "[Timer]\nOnCalendar=daily\n"),
      unit("b.timer", "[Timer]\nOnCalendar=yearly\n"),
    ]);
    expect(valuesOf(text, "Timer", "OnCalendar")).toEqual(["hourly", "weekly"]);
  });

  it("stands beside what podman's generator makes, and can be told from it", () => {
    const text = "[Unit]\nSourcePath=/x/web.container\n[X-Container]\nImage=x\n";
    const services = new Map([["web.service", { service: "web.service", unit: "web.container", text }]]);
    const generated = parseGenerated({ folder: "/x", services, messages: [] }, FACTS);
    const all = withPlainUnits(
      generated,
      [unit("web.socket", "[Socket]\n"), unit("web.container", "")],
      FACTS,
    );
    expect([...all.services.keys()].sort()).toEqual(["web.service", "web.socket"]);
    expect([...withoutPlainUnits(all).services.keys()]).toEqual(["web.service"]);
  });

  it.each([
    [
      "a.timer",
      "WantedBy=timers.target x.target\nRequiredBy=y.target\n",
      ["timers.target.wants/a.timer", "x.target.wants/a.timer", "y.target.requires/a.timer"],
    ],
    [
      "a.service",
      "UpheldBy=b.service\nAlias=c.service a.service\n",
      ["b.service.upholds/a.service", "c.service"],
    ],
    ["a@.service", "WantedBy=x.target\nDefaultInstance=one\n", ["x.target.wants/a@one.service"]],
    ["a.timer", "WantedBy=x.target\nWantedBy=\n", []],
    ["a.timer", "Also=b.timer\n", []],
  ])("is enabled by the links of %s with %s", (name, install, links) => {
    expect(linksOf(name, install)).toEqual(links.map((link) => `${DIR}/${link}`));
  });

  it("names what it starts, or starts the service of its stem", () => {
    const { services } = made(
      unit("a.timer", "[Timer]\nUnit=b.service\n"),
      unit("c.timer", "[Timer]\n"),
      unit("d.socket", "[Socket]\nService=e.service\n"),
      unit("f.socket", "[Socket]\n"),
      unit("g.socket", "[Socket]\nAccept=yes\n"),
    );
    const text = (name: string) => services.get(name)?.text ?? new Map();
    expect([unitOfTimer("a.timer", text("a.timer")), unitOfTimer("c.timer", text("c.timer"))]).toEqual([
      "b.service",
      "c.service",
    ]);
    const sockets = ["d.socket", "f.socket", "g.socket"];
    expect(sockets.map((name) => serviceOfSocket(name, text(name)))).toEqual([
      "e.service",
      "f.service",
      undefined,
    ]);
    expect(lastValueOf(text("d.socket"), "Socket", "Service")).toBe("e.service");
  });

  it("comes after what it wants if it is a target, and before and with its service if it is a socket", () => {
    const { services } = made(
      unit("house.target", "[Unit]\nWants=a.service\n"),
      unit("a.service", "[Unit]\nWants=b.service\n"),
      unit("b.service", ""),
      unit("a.socket", "[Socket]\n"),
    );
    const waits = dependencies(services);
    expect([...(waits.get("house.target") ?? [])]).toEqual(["a.service"]);
    expect([...(waits.get("a.service") ?? [])]).toEqual(["a.socket"]);
    expect([...(bondsOf(services).get("a.service") ?? [])]).toEqual(["a.socket"]);
    expect([...(bondsOf(services).get("house.target") ?? [])]).toEqual([]);
  });
});
