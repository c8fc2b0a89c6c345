import type { FieldRow } from "../row.ts";
import { aliases } from "./aliases.ts";
import { command } from "./command.ts";
import { health } from "./health.ts";
import { image } from "./image.ts";
import { networks } from "./networks.ts";
import { environment, labels, traefik } from "./pairs.ts";
import { ports } from "./ports.ts";
import { capabilities, containerName, devices, secrets, security, user } from "./process.ts";
import { cpu, io, memory, tasks } from "./resources.ts";
import { volumes } from "./volumes.ts";

/** The table of compared fields, in the order in which they are shown: a row adds a field. */
export const FIELD_ROWS: readonly FieldRow[] = [
  image,
  containerName,
  command,
  memory,
  cpu,
  tasks,
  io,
  networks,
  aliases,
  ports,
  volumes,
  environment,
  secrets,
  labels,
  traefik,
  health,
  user,
  devices,
  capabilities,
  security,
];
