import { expect, test } from "vitest";
import { playedContainers, withImages } from "../../../../src/quadlet/argv/kube-yaml.ts";

const YAML = `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: app
      image: example/app:1
      command: [serve]
      args: ["--port", "80"]
      env:
        - {name: A, value: "1"}
        - {name: B, valueFrom: {secretKeyRef: {name: x, key: y}}}
        - {name: C, value: $(A)}
    - {name: side, image: side, args: ["$(A)"]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec: {template: {spec: {containers: [{name: one, image: i}]}}}
---
kind: ConfigMap
metadata: {name: data}
`;

test("the containers of a YAML file have the names that podman gives them", () => {
  expect(playedContainers(YAML)).toEqual([
    {
      name: "web-app",
      image: "example/app:1",
      policy: "missing",
      command: ["serve"],
      args: ["--port", "80"],
      environment: new Map([["A", "1"]]),
      canAutoUpdate: true,
    },
    {
      name: "web-side",
      image: "side",
      policy: "missing",
      command: undefined,
      args: undefined,
      environment: new Map(),
      canAutoUpdate: true,
    },
    {
      name: "many-pod-one",
      image: "i",
      policy: "missing",
      command: undefined,
      args: undefined,
      environment: new Map(),
      canAutoUpdate: false,
    },
  ]);
});

test("text that is not YAML gives nothing, and YAML without containers gives none", () => {
  expect(playedContainers("a: [b")).toBeUndefined();
  expect(playedContainers("")).toEqual([]);
  expect(playedContainers("just text")).toEqual([]);
});

test("a copy of a YAML file has other images, and is else the same byte for byte", () => {
  const text = `# mode: 0644 stays
kind: Pod
metadata: {name: web}
spec:
  containers:
    - image: "example/app:1" # the app
      name: app
      imagePullPolicy: Always
    - {name: side, image: example/side}
    - &shared {name: third, image: example/third:1}
  volumes: [{name: v, secret: {defaultMode: 0644}}]
---
kind: Deployment
metadata: {name: many}
spec: {template: {spec: {containers: [{name: one, image: i}]}}}
`;
  const images = new Map([
    ["web-app", "kept:a"],
    ["web-side", "kept:b"],
    ["many-pod-one", "kept:c"],
  ]);
  expect(withImages(text, images)).toBe(
    text
      .replace('"example/app:1"', '"kept:a"')
      .replace("Always", '"Never"')
      .replace("example/side", '"kept:b"')
      .replace("image: i}", 'image: "kept:c"}'),
  );
});
