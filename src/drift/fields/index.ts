import { textAt } from "../../model/live.ts";
import type { UnitKind } from "../../model/unit.ts";
import { lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { command } from "./command.ts";
import { networks } from "./connected-networks.ts";
import { annotations, environment, labels, traefik } from "./environment.ts";
import { health } from "./health.ts";
import { image } from "./image.ts";
import { KUBE_ROWS } from "./kube-unit.ts";
import { dns, exposed, hostname, hosts, init, log, restart, shm, stop, timezone, workdir } from "./log.ts";
import { cpu, io, memory, tasks } from "./memory.ts";
import { aliases } from "./network-aliases.ts";
import { BUILD_ROWS, IMAGE_ROWS, NETWORK_ROWS, VOLUME_ROWS } from "./network-unit.ts";
import { ports } from "./ports.ts";
import { secrets } from "./secrets.ts";
import { capabilities, containerName, devices, security, user } from "./security.ts";
import { cgroups, notify, pod, ulimits } from "./ulimits.ts";
import { volumes } from "./volumes.ts";

/** The table of a container's compared fields, in the order in which they are shown: a row adds a field. */
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
  shm,
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
  restart,
  notify,
  user,
  devices,
  capabilities,
  security,
];

const exitPolicy: FieldRow = {
  name: "exit-policy",
  flags: ["exit-policy"],
  declared: ({ call }) => flat({ "": lastOf(call.flags, "exit-policy") }),
  container: (expected, pod) => flat({ "": expected[""] && (textAt(pod, "ExitPolicy") || expected[""]) }),
  text: (value) => value[""] ?? "not set",
  label: () => "",
};

/** What of the table a pod has too; its infra container shows it. */
const POD_ROWS: readonly FieldRow[] = [
  containerName,
  memory,
  cpu,
  tasks,
  io,
  shm,
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
