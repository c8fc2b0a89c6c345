import { join } from "node:path";
import { QuadgateError } from "../../model/errors.ts";
import type { Command } from "../command.ts";
import {
  packagedUnit,
  SERVICE_UNITS,
  STARTED_UNITS,
  serviceUnitFolder,
  systemctl,
} from "../service-units.ts";

export const command: Command = {
  configure: (command) => command.option("--no-start", "only write the units"),
  async run(session, args) {
    const { host, settings, terminal } = session;
    if (settings.repository === undefined) {
      throw new QuadgateError("bad-settings", "no repository is set", {
        hint: "write `repository: PATH-OR-URL` to the host's config.yaml first: the daemon reads it there",
      });
    }
    const folder = serviceUnitFolder(session);
    for (const name of SERVICE_UNITS) {
      await host.files.write(join(folder, name), await packagedUnit(session, name));
      terminal.note(`wrote ${join(folder, name)}`);
    }
    await systemctl(session, "daemon-reload");
    if (args.options.start === false) return 0;
    await systemctl(session, "enable", "--now", ...STARTED_UNITS);
    terminal.print("The daemon is running, and the drift audit runs once a day.");
    return 0;
  },
};
