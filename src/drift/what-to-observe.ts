import type { Unit } from "../model/unit.ts";
import { allOf, lastOf, type PodmanCall } from "../quadlet/argv/podman-call.ts";
import { isUnknown } from "../quadlet/argv/unknown-parts.ts";
import type { Generated } from "../quadlet/generated.ts";
import { wordsOf } from "../quadlet/plain-units.ts";
import { defaultInstance } from "./unit-context.ts";
import { imageNames } from "./unit-object.ts";

/** What a comparison needs to know about the host, by name. */
export interface DriftQuestion {
  /** systemd services, templates among them. */
  readonly services: readonly string[];
  /** Names of units, without plain files. */
  readonly unitNames: readonly string[];
  /** Absolute paths of kind-`file` targets. */
  readonly files: readonly string[];
  /** Absolute paths of files that commands read when they start (environment files, YAML), and of links. */
  readonly inputs: readonly string[];
  /** Names that containers should have. */
  readonly containers: readonly string[];
  /** Whether any volume is wanted. */
  readonly volumes: boolean;
  readonly secrets: readonly string[];
  readonly pods: readonly string[];
  /** Images that units pull or build, and those whose own health check a container has. */
  readonly images: readonly string[];
}

/** Asks only for what the desired units mention, because every kind of object costs a command. */
export function driftQuestion(units: readonly Unit[], generated: Generated): DriftQuestion {
  const wanted = new Set(units.map(({ name }) => name));
  const services = [...generated.services.values()];
  const calls = services.flatMap(({ unit, call }) =>
    call === undefined ? [] : [{ call, wanted: wanted.has(unit) }],
  );
  const own = calls.filter((one) => one.wanted).map(({ call }) => call);
  const known = (values: readonly string[]) => [
    ...new Set(values.filter((value) => value !== "" && !isUnknown(value))),
  ];
  const usesPods = own.some((call) => /^pod/.test(call.subcommand) || podOf(call) !== undefined);
  return {
    services: services
      .filter(({ unit }) => wanted.has(unit))
      .flatMap(({ service, text, plain }) => [
        service,
        ...[defaultInstance(service, text) ?? []].flat(),
        ...(plain === undefined ? [] : wordsOf(text, "Install", "Alias")),
      ]),
    unitNames: units.filter(({ kind }) => kind !== "file").map(({ name }) => name),
    files: units.filter(({ kind }) => kind === "file").map(({ name }) => name),
    inputs: [
      ...known(own.flatMap(inputsOf)).filter((path) => path.startsWith("/")),
      ...services.flatMap(({ unit, plain }) => (wanted.has(unit) ? (plain?.links ?? []) : [])),
    ],
    containers: known(own.filter(isRun).flatMap((call) => lastOf(call.flags, "name") ?? [])),
    volumes: own.some((call) => call.subcommand === "volume create"),
    secrets: known(own.filter(isRun).flatMap((call) => allOf(call.flags, "secret").map(secretName))),
    pods: usesPods ? known(calls.flatMap(({ call }) => podOf(call) ?? [])) : [],
    images: known(own.flatMap((call) => [...imageNames(call), ...checkedImage(call)])),
  };
}

/** The image of a container that declares no health check. */
function checkedImage(call: PodmanCall): readonly string[] {
  const { flags, rest } = call;
  const isOwn = flags.has("health-cmd") || flags.has("no-healthcheck") || lastOf(flags, "rootfs") === "true";
  return isRun(call) && !isOwn ? rest.slice(0, 1) : [];
}

const isRun = (call: PodmanCall) => call.subcommand === "run";
const secretName = (value: string) => value.split(",")[0] ?? "";

function podOf(call: PodmanCall): string | undefined {
  return call.subcommand === "pod create" ? lastOf(call.flags, "name") : lastOf(call.flags, "pod");
}

function inputsOf(call: PodmanCall): readonly string[] {
  if (call.subcommand === "kube play") return [...call.rest, ...allOf(call.flags, "configmap")];
  return isRun(call) ? allOf(call.flags, "env-file") : [];
}
