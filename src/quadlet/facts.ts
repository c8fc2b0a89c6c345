import type { HostFacts } from "../model/host.ts";
import type { SpecifierFacts } from "./argv/expand-specifiers.ts";

/** The host facts that decide what a unit needs. */
export type NeedFacts = SpecifierFacts & { readonly unitDir: string };

/** The facts that drift depends on. */
export type DriftFacts = Pick<
  HostFacts,
  | "home"
  | "uid"
  | "user"
  | "rootless"
  | "runtimeDir"
  | "unitDir"
  | "systemdDir"
  | "generatorDir"
  | "stateDir"
  | "name"
>;
