import { textAt } from "../../model/live.ts";
import type { UnitKind } from "../../model/unit.ts";
import { lastOf } from "../../quadlet/argv/podman.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { aliases } from "./aliases.ts";
import { command } from "./command.ts";
import {
  dns,
  exposed,
  hostname,
  hosts,
  init,
  log,
  restart,
  shm,
  stop,
  timezone,
  workdir,
} from "./container-options.ts";
import { health } from "./health.ts";
import { image } from "./image.ts";
import { KUBE_ROWS } from "./kube.ts";
import { networks } from "./networks.ts";
import { BUILD_ROWS, IMAGE_ROWS, NETWORK_ROWS, VOLUME_ROWS } from "./objects.ts";
import { annotations, environment, labels, traefik } from "./pairs.ts";
import { cgroups, notify, pod, ulimits } from "./placement.ts";
import { ports } from "./ports.ts";
import { capabilities, containerName, devices, security, user } from "./process.ts";
import { cpu, io, memory, tasks } from "./resources.ts";
import { secrets } from "./secrets.ts";
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
