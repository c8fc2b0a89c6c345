import { expect, test } from "vitest";
import { playedContainers } from "../../../../src/quadlet/argv/kube-yaml.ts";

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
      command: ["serve"],
      args: ["--port", "80"],
      environment: new Map([["A", "1"]]),
    },
    { name: "web-side", image: "side", command: undefined, args: undefined, environment: new Map() },
    { name: "many-pod-one", image: "i", command: undefined, args: undefined, environment: new Map() },
  ]);
});

test("text that is not YAML gives nothing, and YAML without containers gives none", () => {
  expect(playedContainers("a: [b")).toBeUndefined();
  expect(playedContainers("")).toEqual([]);
  expect(playedContainers("just text")).toEqual([]);
});
