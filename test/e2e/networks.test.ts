import { expect, test } from "vitest";
import { BOX_PATTERN, box } from "../support/flow-box.ts";
import { describeHomelab } from "../support/flow-homelab.ts";

/** On each of these an instance is; podman's first free addresses are 10.89.0.0/24, then 10.89.1.0/24, and so on. */
const OTHERS = ["a1", "b2", "c3", "x4", "y5", "z6"];

describeHomelab(
  "networks with fixed addresses that podman would give to others",
  {
    files: {
      "patterns/box.yaml": BOX_PATTERN,
      "desired-state/networks.yaml":
        "mine: { subnet: 10.89.1.0/24 }\nyours: { subnet: 10.89.4.0/24, internal: true }\n",
      ...Object.fromEntries(
        OTHERS.map((name) => [`desired-state/${name}-box.yaml`, box(`networks: [${name}, mine]\n`)]),
      ),
    },
  },
  (home) => {
    test("are all made in one sync, each with its own addresses", async () => {
      const { exitCode, document, stderr } = await home().ask("reconcile");
      expect({ exitCode, result: document.result, stderr }).toMatchObject({ exitCode: 0, result: "applied" });
      const names = ["mine", "yours", ...OTHERS].map((name) => `systemd-${name}`);
      const found = await home().podman(
        "network",
        "inspect",
        "--format",
        "{{(index .Subnets 0).Subnet}}",
        ...names,
      );
      const subnets = found.split("\n");
      expect(subnets.slice(0, 2)).toEqual(["10.89.1.0/24", "10.89.4.0/24"]);
      expect(new Set(subnets).size).toBe(names.length);
    });
  },
);
