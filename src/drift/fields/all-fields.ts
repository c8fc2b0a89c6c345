import type { UnitKind } from "../../model/unit.ts";
import type { FieldRow } from "../row.ts";
import { annotations } from "./annotations.ts";
import { BUILD_ROWS } from "./build-unit.ts";
import { capabilities } from "./capabilities.ts";
import { cgroups } from "./cgroups.ts";
import { command } from "./command.ts";
import { networks } from "./connected-networks.ts";
import { containerName } from "./container-name.ts";
import { cpu } from "./cpu.ts";
import { devices } from "./devices.ts";
import { dns } from "./dns.ts";
import { environment } from "./environment.ts";
import { exitPolicy } from "./exit-policy.ts";
import { exposed } from "./exposed-ports.ts";
import { health } from "./health.ts";
import { hostname } from "./hostname.ts";
import { hosts } from "./hosts.ts";
import { image } from "./image.ts";
import { IMAGE_ROWS } from "./image-unit.ts";
import { init } from "./init.ts";
import { io } from "./io.ts";
import { KUBE_ROWS } from "./kube-unit.ts";
import { labels, traefik } from "./labels.ts";
import { log } from "./log.ts";
import { memory } from "./memory.ts";
import { aliases } from "./network-aliases.ts";
import { NETWORK_ROWS } from "./network-unit.ts";
import { notify } from "./notify.ts";
import { pod } from "./pod.ts";
import { ports } from "./ports.ts";
import { restartPolicy } from "./restart-policy.ts";
import { secrets } from "./secrets.ts";
import { security } from "./security.ts";
import { shmSize } from "./shm-size.ts";
import { stop } from "./stop.ts";
import { tasks } from "./tasks.ts";
import { timezone } from "./timezone.ts";
import { ulimits } from "./ulimits.ts";
import { user } from "./user.ts";
import { VOLUME_ROWS } from "./volume-unit.ts";
import { volumes } from "./volumes.ts";
import { workdir } from "./workdir.ts";

/** The compared fields of a container, in the order in which they are shown. A row adds a field. */
const CONTAINER_ROWS: readonly FieldRow[] = [
  image,
  containerName,
  command,
  workdir,
  init,
  memory,
  cpu,
  tasks,
  io,
  ulimits,
  shmSize,
  cgroups,
  pod,
  networks,
  aliases,
  ports,
  exposed,
  hostname,
  hosts,
  dns,
  volumes,
  environment,
  timezone,
  secrets,
  labels,
  annotations,
  traefik,
  health,
  log,
  stop,
  restartPolicy,
  notify,
  user,
  devices,
  capabilities,
  security,
];

/** The rows that a pod has too. Its infra container shows them. */
const POD_ROWS: readonly FieldRow[] = [
  containerName,
  memory,
  cpu,
  tasks,
  io,
  shmSize,
  networks,
  aliases,
  ports,
  hostname,
  hosts,
  dns,
  volumes,
  labels,
  exitPolicy,
  user,
  devices,
  security,
];

/** The rows of each kind of unit. */
export const ROWS: Readonly<Record<UnitKind, readonly FieldRow[]>> = {
  container: CONTAINER_ROWS,
  pod: POD_ROWS,
  network: NETWORK_ROWS,
  volume: VOLUME_ROWS,
  kube: KUBE_ROWS,
  image: IMAGE_ROWS,
  build: BUILD_ROWS,
};
