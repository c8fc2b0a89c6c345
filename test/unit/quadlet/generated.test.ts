import { describe, expect, it } from "vitest";
import type { GeneratorOutput } from "../../../src/model/live.ts";
import { asInstance, parseGenerated, parseLoaded } from "../../../src/quadlet/generated.ts";
import { FACTS } from "../../support/health-host.ts";

const FOLDER = "/tmp/scratch";
const text = (name: string) =>
  `[Unit]\nSourcePath=${FOLDER}/x\n[Service]\nExecStart=/usr/bin/podman run --name ${name} -v ${FOLDER}/a:/a -v %h:/h image\n`;

function output(more: Partial<GeneratorOutput> = {}, folder = FOLDER): GeneratorOutput {
  const services = [
    ["web.service", "web.container"],
    ["also-web.service", "web.container"],
    ["job@.service", "job@.container"],
  ].map(([service = "", unit = ""]) => [service, { service, unit, text: text("%N") }] as const);
  return { folder, services: new Map(services), messages: [{ message: "said" }], ...more };
}

describe("what podman's generator makes", () => {
  it("has the paths that its sources have in the unit directory, in texts and commands", () => {
    const web = parseGenerated(output(), FACTS).services.get("web.service");
    expect(web?.text.get("Unit")).toEqual([{ key: "SourcePath", value: `${FACTS.unitDir}/x` }]);
    expect(web?.call?.flags.get("volume")).toEqual([`${FACTS.unitDir}/a:/a`, `${FACTS.home}:/h`]);
    expect(web?.call?.flags.get("name")).toEqual(["web"]);
  });

  it("keeps its paths where the folder of the sources is not known", () => {
    const web = parseGenerated(output({}, ""), FACTS).services.get("web.service");
    expect(web?.text.get("Unit")).toEqual([{ key: "SourcePath", value: `${FOLDER}/x` }]);
  });

  it("is found by unit, of several services the first", () => {
    const { byUnit } = parseGenerated(output(), FACTS);
    expect(byUnit.get("web.container")?.service).toBe("web.service");
    expect([...byUnit.keys()].sort()).toEqual(["job@.container", "web.container"]);
  });

  it("comes with what the generator says, and that it crashed", () => {
    expect(parseGenerated(output({ crashed: true }), FACTS)).toMatchObject({
      messages: [{ message: "said" }],
      crashed: true,
    });
    expect(parseGenerated(output(), FACTS)).not.toHaveProperty("crashed");
  });

  it("is of each instance of a template what the instance's name makes of it", () => {
    const template = parseGenerated(output(), FACTS).byUnit.get("job@.container");
    if (template === undefined) throw new Error("there is no template");
    const instance = asInstance(template, "job@one.service", FACTS);
    expect(instance).toMatchObject({ service: "job@one.service", unit: "job@.container" });
    expect(instance.call?.flags.get("name")).toEqual(["job@one"]);
    expect(template.call?.flags.get("name")).toEqual(["job@"]);
  });
});

it("what systemd has loaded keeps the paths that it names", () => {
  const loaded = parseLoaded(new Map([["web.service", text("web")]]));
  expect(loaded.get("web.service")?.text.get("Unit")).toEqual([{ key: "SourcePath", value: `${FOLDER}/x` }]);
});
