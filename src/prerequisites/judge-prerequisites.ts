import type { NeedsQuestion } from "../model/host-requirements.ts";
import type { Issue } from "../model/issue.ts";
import { PREREQUISITES, type Prerequisite, type PrerequisiteInput } from "./codes.ts";
import { dataFolder, disk, podman, requiredMounts, sysctls } from "./host.ts";
import { UNPRIVILEGED } from "./kernel.ts";
import { names, unitNames } from "./names.ts";
import { devices, networks, ports, secrets } from "./objects.ts";
import { labels } from "./shared-labels.ts";
import { folders, mountedSources, requiredSources, targets } from "./storage.ts";

/** What to find out about the host to judge the prerequisites. */
export function prerequisiteQuestion(
  {
    needs,
    sources,
    requirements,
    names,
  }: Pick<PrerequisiteInput, "needs" | "sources" | "requirements" | "names">,
  home: string,
): NeedsQuestion {
  const devices = requirements.flatMap((one) => one.devices.map(({ path }) => path));
  return {
    folders: sources.folders.map(({ path }) => path),
    paths: [
      ...sources.required.map(({ path }) => path),
      ...needs.flatMap((one) => one.devices),
      ...devices.filter((path) => path.startsWith("/")),
    ],
    // Pods of units are observed with the units; the names in YAML are known only after it has been read.
    pods: names.flatMap(({ unit, kind, name }) => (unit.kind === "kube" && kind === "pod" ? [name] : [])),
    secrets: [...needs, ...requirements].some(({ secrets }) => secrets.length > 0),
    ports: needs.some(({ ports }) => ports.length > 0),
    sysctls: [
      ...new Set([...requirements.flatMap((one) => one.sysctls.map(({ name }) => name)), UNPRIVILEGED]),
    ],
    disks: requirements.flatMap((one) => (one.disk === undefined ? [] : dataFolder(one, sources))),
    mountsOf: sources.mounted.length === 0 ? [] : [home, ...sources.mounted.map(({ path }) => path)],
  };
}

/** Every prerequisite of every instance, including those that are met. */
export function judgePrerequisites(input: PrerequisiteInput): readonly Prerequisite[] {
  return [
    ...input.requirements.flatMap((one) => [
      ...podman(one, input),
      ...disk(one, input),
      ...sysctls(one, input),
      ...requiredMounts(one, input),
    ]),
    ...secrets(input),
    ...devices(input),
    ...names(input),
    ...input.needs.flatMap((one) => [...networks(one, input), ...ports(one, input)]),
    ...mountedSources(input),
    ...requiredSources(input),
    ...targets(input),
    ...unitNames(input),
    ...folders(input),
    ...labels(input),
  ];
}

/** Issues that block changes to instances. Some matter only before the first deployment. */
export function blockingIssues(
  prerequisites: readonly Prerequisite[],
  isDeployed: (instance: string) => boolean,
): readonly Issue[] {
  return prerequisites.flatMap(({ code, instance, message, fix, place }) => {
    const blocks = code === undefined ? "never" : PREREQUISITES[code].blocks;
    if (code === undefined || blocks === "never" || (blocks === "first" && isDeployed(instance))) return [];
    return [{ code, message, instance, ...(place && { place }), ...(fix !== undefined && { hint: fix }) }];
  });
}
