import { describeFakeHost } from "../support/fake-host/describe.ts";
import { connect, World } from "../support/fake-host/index.ts";
import { hostContract } from "../support/host-contract.ts";

describeFakeHost("the fake host", () => {
  hostContract(() => {
    const world = new World();
    world.contents.behaviours.set("docker.io/library/nothing-of-that-name:1", { kind: "no-image" });
    return {
      host: connect(world, undefined).host,
      another: async () => {
        const { host, kill } = connect(world, undefined);
        return { host, kill: async () => kill() };
      },
      failUnit: async (name) => void world.contents.foreign.add(name),
    };
  });
});
