import type { Measure } from "../measure.ts";
import { backups } from "./backups.ts";
import { certificates } from "./certificates.ts";
import { clock } from "./clock.ts";
import { containers } from "./containers.ts";
import { disks } from "./disks.ts";
import { keystones } from "./keystones.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { pressure } from "./pressure.ts";
import { reboot } from "./reboot.ts";
import { selinux } from "./selinux.ts";
import { services } from "./services.ts";

/** Everything that the built-in provider looks at, in the order of its report. */
export const MEASURES: readonly Measure[] = [
  disks,
  memory,
  pressure,
  load,
  keystones,
  services,
  containers,
  certificates,
  backups,
  reboot,
  clock,
  selinux,
];
