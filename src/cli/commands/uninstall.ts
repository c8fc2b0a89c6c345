import { join } from "node:path";
import type { Command } from "../command.ts";
import { SERVICE_UNITS, STARTED_UNITS, serviceUnitFolder, systemctl } from "../service-units.ts";

export const command: Command = {
  configure: () => undefined,
  async run(session) {
    const { host, terminal } = session;
    const folder = serviceUnitFolder(session);
    const present = (await host.files.list(folder)).filter((name) =>
      SERVICE_UNITS.some((unit) => unit === name),
    );
    const started = STARTED_UNITS.filter((name) => present.includes(name));
    if (started.length > 0) await systemctl(session, "disable", "--now", ...started);
    for (const name of present) await host.files.remove(join(folder, name));
    await systemctl(session, "daemon-reload");
    terminal.print(
      present.length > 0
        ? "quadgate's own units are gone; your services keep running."
        : "There was nothing to remove.",
    );
    return 0;
  },
};
