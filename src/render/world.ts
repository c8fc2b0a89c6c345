import type { DesiredState } from "../model/desired-state.ts";
import type { Instance } from "../model/instance.ts";
import type { Settings } from "../model/settings-schema.ts";
import type { Engine } from "./liquid.ts";
import type { Deployed, Placement } from "./placement.ts";

/** What rendering knows besides the desired state. */
export interface RenderContext {
  readonly traefik: Settings["traefik"];
  readonly prometheus: Settings["prometheus"];
  /** Runs the making of a route, so that the caller can measure it. */
  readonly timeRoute?: <T>(work: () => T) => T;
  /** Absolute path of the home folder that `~` means. */
  readonly home: string;
  /** For example `5.4.2`; newer keys are refused. Text that is not a version knows all keys. */
  readonly podmanVersion: string;
  /** Where podman's generator looks for Quadlets. */
  readonly unitDir: string;
  /** What is deployed; absent: nothing. It decides only which of two units keeps its folder. */
  readonly deployed?: Deployed;
  /** Where systemd looks for hand-written units; default: `~/.config/systemd/user`. */
  readonly systemdDir?: string;
}

/** The context of one rendering, the same for all instances. */
export interface World extends RenderContext {
  readonly desired: DesiredState;
  readonly engine: Engine;
  readonly placed: Placement;
  readonly instances: ReadonlyMap<string, Instance>;
  /** Podman's names of networks whose raw unit names one. */
  readonly networkNames: ReadonlyMap<string, string>;
}
