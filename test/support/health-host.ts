import { createFiles } from "../../src/host/files.ts";
import { createProcesses } from "../../src/host/processes.ts";
import type { HostFacts } from "../../src/model/host.ts";
import { type Settings, settingsSchema } from "../../src/model/settings-schema.ts";
import type { HealthHost, Managers } from "../../src/observe/health/host.ts";

export const FACTS: HostFacts = {
  name: "htpc",
  user: "me",
  uid: 1000,
  rootless: true,
  home: "/home/me",
  runtimeDir: "/run/user/1000",
  unitDir: "/home/me/.config/containers/systemd",
  systemdDir: "/home/me/.config/systemd/user",
  pid: 4711,
  stateDir: "/home/me/.local/state/quadgate",
  configDir: "/home/me/.config/quadgate",
  generatorDir: "/run/user/1000/systemd/generator",
  bootId: "b007b007b007b007b007b007b007b007",
};

/** Real files, processes and clock; nothing has failed and no container runs. */
export function healthHost(facts: Partial<HostFacts> = {}): HealthHost {
  return {
    facts: { ...FACTS, ...facts },
    files: createFiles(),
    processes: createProcesses({}),
    clock: {
      now: () => new Date(),
      ticks: () => performance.now(),
      timezone: () => "UTC",
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    within: () => WELL,
  };
}

const WELL: Managers = {
  podman: {
    containers: async () => [],
    store: async () => {
      const graphRoot = "/home/me/.local/share/containers/storage";
      return { graphRoot, volumePath: `${graphRoot}/volumes` };
    },
  },
  systemd: {
    failedUnits: async () => [],
    failedSystemUnits: async () => [],
    restartingUnits: async () => [],
    services: async () => new Map(),
  },
};

export function healthSettings(overrides: Partial<Settings["health"]> = {}): Settings["health"] {
  return { ...settingsSchema.parse({}).health, ...overrides };
}
