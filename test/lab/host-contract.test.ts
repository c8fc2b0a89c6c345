import { hostContract } from "../support/host-contract.ts";
import { describeLab } from "./harness/describe.ts";
import { installAgent, startRemoteHost } from "./remote-host.ts";

describeLab("the real host", { hostname: "htpc" }, (lab) => {
  hostContract(async () => {
    await installAgent(lab());
    const { host } = await startRemoteHost(lab());
    return {
      host,
      another: () => startRemoteHost(lab()),
      failUnit: async (name) => {
        const unit = `--unit=${name}`;
        await lab().exec(["systemd-run", "--user", "--quiet", "--wait", unit, "false"], { reject: false });
      },
    };
  });
});
