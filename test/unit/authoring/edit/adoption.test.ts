import { describe, expect, test } from "vitest";
import { instanceOf, withRelations } from "../../../../src/authoring/edit/adoption.ts";

const SOURCES = new Map([
  ["web.container", "[Container]\nNetwork=shared.network:ip=10.0.0.2\nImage=web.build\n# Pod=other.pod\n"],
  ["web.container.d/10-x.conf", "[Container]\nVolume=web-data.volume:/data\n"],
  ["web.build", "[Build]\nImageTag=localhost/web\n"],
  ["web-data.volume", "[Volume]\nImage=seed.image\n"],
  ["seed.image", "[Image]\nImage=example.org/seed\n"],
  ["shared.network", "[Network]\n"],
  ["other.pod", "[Pod]\n"],
  ["job@.container", "[Unit]\nAfter=web.container\n"],
]);

describe("the files adopted with a hand-written unit", () => {
  test("are all of its name and all that these refer to, with the units that need it", () => {
    expect(Object.fromEntries(withRelations(SOURCES, ["web.container"]))).toEqual({
      "web.container": null,
      "web.container.d/10-x.conf": null,
      "web.build": null,
      "shared.network": "web.container",
      "web-data.volume": "web.container.d/10-x.conf",
      "seed.image": "web-data.volume",
    });
  });

  test("are those of its pod's members, whichever of them is asked for", () => {
    const pod = new Map([
      ["app.pod", "[Pod]\n"],
      ["app-api.container", "[Container]\nPod=app.pod\n"],
      ["side.container", "[Container]\n"],
      ["side.container.d/10-pod.conf", "[Container]\nPod = app.pod\n"],
      ["other.container", "[Container]\nPod=apps.pod\n"],
    ]);
    expect(Object.fromEntries(withRelations(pod, ["app"]))).toEqual({
      "app.pod": null,
      "app-api.container": "app.pod",
      "side.container": "app.pod",
      "side.container.d/10-pod.conf": "app.pod",
    });
    expect(withRelations(pod, ["side"]).get("app-api.container")).toBe("app.pod");
  });

  test("are the template of an instance with its drop-ins, and no other instance", () => {
    const template = new Map([
      ["t@.container", ""],
      ["t@.container.d/a.conf", ""],
      ["t@one.container", ""],
      ["t@two.container", ""],
    ]);
    expect([...withRelations(template, ["t@one"]).keys()].sort()).toEqual([
      "t@.container",
      "t@.container.d/a.conf",
      "t@one.container",
    ]);
  });

  test("do not include those of units that need it", () => {
    expect([...withRelations(SOURCES, ["shared"]).keys()]).toEqual(["shared.network"]);
  });

  test("can be asked for by the instance's name, a template's too", () => {
    expect([...withRelations(SOURCES, ["job@"]).keys()]).toContain("job@.container");
    expect(instanceOf("job@.container")).toBe("job@");
  });

  test("are found even if units refer to each other in a circle", () => {
    const circle = new Map([
      ["a.container", "Requires=b.container"],
      ["b.container", "Requires=a.container"],
    ]);
    expect([...withRelations(circle, ["a"]).keys()]).toEqual(["a.container", "b.container"]);
  });
});
