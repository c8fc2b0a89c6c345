import { expect, test } from "vitest";
import { additionsTo } from "../../../src/drift/additions.ts";
import type { UnitFile } from "../../../src/model/live.ts";
import { recorded } from "./host.ts";

const FILES: Readonly<Record<string, string>> = {
  "app.pod": "[Pod]\n",
  "app-api.container": "[Container]\nPod=app.pod\n",
  "joins.container": "[Container]\n Pod = app.pod \n",
  "joins.container.d/a.conf": "[Container]\nPod=app.pod\n",
  "another.container": "[Container]\nPod=app.pods\n",
  "container.d/all.conf": "",
  "pod.d/all.conf": "",
  "app-.container.d/beginning.conf": "",
  "app-api.container.d/own.conf": "",
  "ap.container.d/none.conf": "",
  "t@.container.d/template.conf": "",
  "t@x.container.d/instance.conf": "",
};
const live = {
  ...recorded("5.4").live,
  files: new Map(
    Object.entries(FILES).map(([name, content]) => [name, { name, content } as UnitFile] as const),
  ),
};

test.each([
  ["app-api.container", ["app-.container.d/beginning.conf", "container.d/all.conf"]],
  [
    "t@x.container",
    ["container.d/all.conf", "t@.container.d/template.conf", "t@x.container.d/instance.conf"],
  ],
  ["t@.container", ["container.d/all.conf", "t@.container.d/template.conf"]],
])("drop-ins in %s that git does not have are found", (name, expected) => {
  const declared = new Set(["app-api.container", "app-api.container.d/own.conf"]);
  expect(additionsTo({ name, kind: "container" }, declared, live)).toEqual(expected);
});

test("containers that join a pod and that git does not have are found", () => {
  const declared = new Set(["app.pod", "app-api.container"]);
  expect(additionsTo({ name: "app.pod", kind: "pod" }, declared, live)).toEqual([
    "joins.container, which joins the pod",
    "pod.d/all.conf",
  ]);
});
