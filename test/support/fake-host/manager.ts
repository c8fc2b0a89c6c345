import { CommandError } from "../../../src/model/errors.ts";
import type { Quadlet } from "../../../src/model/host.ts";
import { type LoadedUnit, loadUnit } from "./loaded-unit.ts";
import { createObject, healthOf, runContainer } from "./podman.ts";
import type { Run, World } from "./world.ts";

const LOOK_MS = 250;

/** systemd's manager: jobs on the services that the last daemon-reload has loaded. */
export class Manager {
  readonly #world: World;
  readonly #quadlet: Quadlet;

  constructor(world: World, quadlet: Quadlet) {
    this.#world = world;
    this.#quadlet = quadlet;
  }

  unit(service: string): LoadedUnit | undefined {
    const text = this.#world.contents.loaded.get(service);
    return text === undefined ? undefined : loadUnit(service, text, this.#world.facts);
  }

  /** Runs the generator over the unit directory and loads what it makes; running services go on as they are. */
  async reload(): Promise<void> {
    const { facts, files, contents } = this.#world;
    const generated = await this.#quadlet.generateFrom(facts.unitDir);
    contents.loaded.clear();
    for (const path of [...files.files.keys()].filter((name) => name.startsWith(`${facts.generatorDir}/`)))
      files.files.delete(path);
    for (const { service, text } of generated.services.values()) {
      contents.loaded.set(service, text);
      files.put(`${facts.generatorDir}/${service}`, text);
    }
    for (const path of [...contents.controls.keys()])
      if (!files.files.has(path)) contents.controls.delete(path);
    for (const [service, run] of contents.runs) {
      if (run.active === "inactive" && !contents.loaded.has(service)) contents.runs.delete(service);
    }
  }

  /** Stops and starts; what requires the service is stopped before and started after it. */
  async restart(service: string): Promise<void> {
    const bound = this.#requirers(service).filter((name) => this.#isUp(name));
    for (const name of bound) this.#halt(name);
    this.#halt(service);
    await this.start(service);
    for (const name of bound) this.#world.background(this.start(name));
  }

  stop(service: string): void {
    const known = this.unit(service) !== undefined || this.#world.contents.runs.has(service);
    if (!known) throw failed("stop", service, `Unit ${service} not loaded.`, 5);
    for (const name of [...this.#requirers(service), service]) this.#halt(name);
  }

  async start(service: string): Promise<void> {
    const unit = this.unit(service);
    if (this.#world.contents.masked.has(service))
      throw failed("restart", service, `Unit ${service} is masked.`);
    if (unit === undefined) throw failed("restart", service, `Unit ${service} not found.`, 5);
    if (this.#isUp(service)) return;
    const run = this.#world.runOf(service);
    run.invocation += 1;
    const startedMs = this.#world.clock.ticks();
    Object.assign(run, { active: "activating", sub: "start", result: "success", startedMs });
    const { invocation } = run;
    await this.#startNeeded(unit, run);
    try {
      await this.#execute(unit, run);
    } catch (error) {
      // A job that was cancelled by the next one has no say in what that comes to.
      if (run.invocation === invocation) this.#fail(unit, run, "exit-code");
      throw error;
    }
  }

  async #startNeeded(unit: LoadedUnit, run: Run): Promise<void> {
    const known = (name: string) => this.unit(name) !== undefined;
    for (const name of unit.wants.filter(known)) await this.start(name).catch(() => undefined);
    for (const name of unit.requires.filter(known)) {
      await this.start(name).catch(() => {
        Object.assign(run, { active: "inactive", sub: "dead", result: "dependency" });
        throw failed("restart", unit.service, `A dependency job for ${unit.service} failed.`);
      });
    }
  }

  async #execute(unit: LoadedUnit, run: Run): Promise<void> {
    const { service, call } = unit;
    const up = (sub: string) =>
      Object.assign(run, { active: "active", sub, activeMs: this.#world.clock.ticks() });
    if (call?.subcommand !== "run") {
      if (call) createObject(this.#world, call);
      up("exited");
      return;
    }
    const invocation = run.invocation;
    const container = attempt(service, () => runContainer(this.#world, call, unit.words, service));
    if (unit.oneshot) {
      this.#world.removeContainer(container);
      if (unit.remains) up("exited");
      else Object.assign(run, { active: "inactive", sub: "dead" });
      return;
    }
    const deadline = this.#world.clock.ms + unit.startTimeoutMs;
    while (unit.waitsForHealth && healthOf(this.#world, container) !== "healthy") {
      if (this.#world.clock.ms >= deadline) {
        this.#world.removeContainer(container);
        throw failed("restart", service, `Job for ${service} failed because a timeout was exceeded.`);
      }
      await this.#world.clock.sleep(LOOK_MS);
      if (run.invocation !== invocation || run.active !== "activating")
        throw failed("restart", service, `Job for ${service} canceled.`);
    }
    up("running");
  }

  #fail(unit: LoadedUnit, run: Run, result: string): void {
    if (run.active !== "activating") return;
    const inactiveMs = this.#world.clock.ticks();
    const after = unit.restarts ? { sub: "auto-restart" } : { active: "failed", sub: "failed", inactiveMs };
    Object.assign(run, after, { result });
  }

  /** With ExecStop known the container goes; a forgotten unit leaves it behind. */
  #halt(service: string): void {
    const run = this.#world.runOf(service);
    const wasUp = run.active !== "inactive" && run.active !== "failed";
    for (const container of this.#world.contents.containers.filter((one) => one.service === service)) {
      if (this.unit(service)) this.#world.removeContainer(container);
      else container.status = "exited";
    }
    if (wasUp) Object.assign(run, { invocation: run.invocation + 1, inactiveMs: this.#world.clock.ticks() });
    Object.assign(run, { active: "inactive", sub: "dead" });
    if (!this.unit(service)) this.#world.contents.runs.delete(service);
  }

  #isUp(service: string): boolean {
    const run = this.#world.contents.runs.get(service);
    return run?.active === "active" || (run?.active === "activating" && run.sub === "start");
  }

  /** What requires a service, directly or not; the farthest first. */
  #requirers(service: string): readonly string[] {
    const found: string[] = [];
    const collect = (name: string) => {
      for (const other of this.#world.contents.loaded.keys()) {
        if (found.includes(other) || !this.unit(other)?.requires.includes(name)) continue;
        found.push(other);
        collect(other);
      }
    };
    collect(service);
    return found.reverse();
  }
}

function failed(verb: string, service: string, why: string, exitCode = 1): CommandError {
  return new CommandError(`systemctl ${verb} ${service}`, exitCode, why);
}

/** systemctl says that the service failed; why, only the journal knows. */
function attempt<T>(service: string, work: () => T): T {
  try {
    return work();
  } catch {
    const why = `Job for ${service} failed because the control process exited with error code.`;
    throw failed("restart", service, why);
  }
}
