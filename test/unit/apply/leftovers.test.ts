import { expect, it } from "vitest";
import type { ApplyInput } from "../../../src/apply/context.ts";
import { removeLeftovers } from "../../../src/apply/leftovers.ts";
import { CommandError } from "../../../src/model/errors.ts";

const Labels = { PODMAN_SYSTEMD_UNIT: "app.service" };
const one = (Name: string, more: object) => ({ Id: Name, Name, Config: { Labels }, ...more });
const CONTAINERS = [
  one("app-service", { IsService: true, Pod: "" }),
  one("pod-main", { Pod: "pod" }),
  one("pod-infra", { IsInfra: true, Pod: "pod" }),
];

it("removes the pods of a .kube before the container that stands for it, as podman demands", async () => {
  let left = CONTAINERS.map(({ Name }) => Name);
  const podman = {
    removePod: async (name: string) => {
      left = left.filter((container) => !container.startsWith(`${name}-`));
    },
    removeContainer: async (name: string) => {
      if (name === "app-service" && left.length > 1)
        throw new CommandError("podman rm", 1, "is the service container of pod(s) pod");
      left = left.filter((container) => container !== name);
    },
  };
  const input = { host: { podman }, live: { containers: CONTAINERS }, emit: () => undefined };
  expect(await removeLeftovers(input as unknown as ApplyInput, "app.service")).toBeUndefined();
  expect(left).toEqual([]);
});
