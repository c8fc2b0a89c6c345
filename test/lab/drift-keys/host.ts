import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { DriftReport } from "../../../src/model/drift.ts";
import type { RecordedDrift } from "../../support/recorded-drift.ts";
import type { Lab, LabUser } from "../harness/lab.ts";
import { checkout } from "../harness/paths.ts";

/** What the probe saw, for a comparison of what the host might have been. */
export type Observation = Omit<RecordedDrift, "revision" | "host" | "observedAt" | "ignore">;

/**
 * Where podman's settings for a host with about a hundred containers are, below the home. The kernel lets a user have
 * neither a session keyring for each, nor an inotify instance for each pasta: all labs' homelab are one user to it, and
 * a lab that boots needs some. A pasta that does not watch for the end of its container ends with the service.
 */
export const CROWD_CONF = ".config/containers/containers.conf.d/crowd.conf";
export const CROWD = `[containers]
keyring = false
[network]
pasta_options = ["--no-netns-quit"]
`;

/** Units of a user of the lab, and what drift says of them. */
export class DriftHost {
  readonly lab: Lab;
  readonly user: LabUser;
  readonly home: string;
  readonly unitDir: string;
  private readonly systemctl: string;

  constructor(lab: Lab, user: LabUser) {
    this.lab = lab;
    this.user = user;
    this.home = user === "root" ? "/root" : `/home/${user}`;
    this.unitDir = user === "root" ? "/etc/containers/systemd" : `${this.home}/.config/containers/systemd`;
    this.systemctl = user === "root" ? "systemctl" : "systemctl --user";
  }

  /** Brings the probe, and what podman needs for this many containers. */
  async prepare(): Promise<void> {
    const bundle = await build({
      entryPoints: [join(checkout, "test/lab/drift-probe.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      write: false,
    });
    await this.write("drift-probe.mjs", bundle.outputFiles[0]?.text ?? "");
    await this.write(CROWD_CONF, CROWD);
  }

  write(path: string, text: string): Promise<void> {
    return this.lab.write(`${this.home}/${path}`, text, { user: this.user });
  }

  async sh(script: string): Promise<string> {
    return (await this.lab.sh(script, { user: this.user, reject: false, cwd: this.home })).all;
  }

  /** Makes these the units that are wanted; the unit directory stays as it is. */
  want(files: ReadonlyMap<string, string>): Promise<void> {
    return this.fill(`${this.home}/desired`, files);
  }

  /** Makes these the units of the unit directory; systemd is not told. */
  install(files: ReadonlyMap<string, string>): Promise<void> {
    return this.fill(this.unitDir, files);
  }

  private async fill(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
    const here = await mkdtemp(join(tmpdir(), "quadgate-units-"));
    for (const [name, text] of files) await writeFile(join(here, name), text);
    await this.sh(`rm -rf ${folder}`);
    await this.lab.mkdir(folder, { user: this.user });
    await this.lab.copyIn(here, folder, { user: this.user });
    await rm(here, { recursive: true });
  }

  async reload(): Promise<void> {
    await this.sh(`${this.systemctl} daemon-reload`);
  }

  /** Starts or restarts all of these at once; what fails is told by drift. */
  async run(verb: "start" | "stop", services: readonly string[]): Promise<void> {
    if (services.length > 0) await this.sh(`${this.systemctl} ${verb} -- ${services.join(" ")}`);
  }

  setProperty(service: string, assignment: string): Promise<string> {
    return this.sh(`${this.systemctl} set-property ${service} ${assignment}`);
  }

  async look(): Promise<{ report: DriftReport; observed: Observation }> {
    const argv = ["node", `${this.home}/drift-probe.mjs`, `${this.home}/desired`, "everything"];
    const { stdout } = await this.lab.exec(argv, { user: this.user });
    const { report, units, generated, live, facts } = JSON.parse(stdout);
    const observed: Observation = {
      units,
      facts,
      generated: { ...generated, services: new Map(generated.services) },
      live: {
        ...live,
        files: new Map(live.files),
        generated: new Map(live.generated),
        services: new Map(live.services),
        inputs: new Map(live.inputs),
        obstacles: new Map(live.obstacles),
      },
    };
    return { report, observed };
  }
}

/** The fields of each unit that drift, by unit. */
export function driftOf(report: DriftReport<unknown>): ReadonlyMap<string, readonly string[]> {
  const units = report.instances.flatMap((instance) => instance.units);
  return new Map(
    units.map(({ unit, fields }) => [
      unit,
      fields.filter(({ status }) => status === "drift").map(({ field }) => field),
    ]),
  );
}
