import { type ImageNeed, needKey } from "../model/image-need.ts";
import type { LiveState } from "../model/live.ts";
import type { Change } from "../model/plan.ts";
import { permissionsIn, type Unit } from "../model/unit.ts";
import { expandSpecifiers } from "./argv/expand-specifiers.ts";
import { type ImageIndex, imagesNamed, indexImages } from "./argv/image-names.ts";
import { imageFolder, playedImages } from "./argv/kube-yaml.ts";
import { allOf, type Flags, lastOf, type PodmanCall } from "./argv/podman-call.ts";
import { ownVariables, serviceWords } from "./argv/service-command.ts";
import { lastValueOf, valuesOf } from "./argv/unit-text.ts";
import { isUnknown } from "./argv/unknown-parts.ts";
import { readersOf } from "./beside.ts";
import type { NeedFacts } from "./facts.ts";
import type { Generated, GeneratedService } from "./generated.ts";
import { isTransport, type Starts, startedWith, startsOf } from "./pulls.ts";

/** What the images of a plan are found from. */
export interface ImageInput {
  readonly changes: readonly Change[];
  readonly units: readonly Unit[];
  readonly generated: Generated;
  readonly live: LiveState;
  readonly facts: NeedFacts;
}

/** `[Unit]` keys that start another service first, and fail if that fails. */
const NEED_KEYS = ["Requires", "BindsTo"];

/** Flags of `podman run`, `kube play` and `image pull` that say how an image is pulled. */
const PULL_FLAGS = [
  ...["all-tags", "arch", "authfile", "cert-dir", "decryption-key", "os", "platform"],
  ...["retry", "retry-delay", "signature-policy", "tls-verify", "variant"],
];

/**
 * The images that podman would pull or build while it starts what a plan changes, each with the command that
 * does so beforehand. What is there and good enough is left out, and so is what only systemd can know.
 */
export function imageNeeds(input: ImageInput): readonly ImageNeed[] {
  const starts = startsOf(input.generated.services, NEED_KEYS);
  const images = indexImages(input.live.images);
  const found = new Map<string, ImageNeed>();
  const changes = input.changes.filter(
    ({ action, reloadOnly }) => action !== "none" && action !== "delete" && !reloadOnly,
  );
  const changing = new Set(changes.map(({ service }) => service ?? ""));
  for (const change of changes) {
    for (const need of needsOf(change, { ...input, starts, images, changing })) {
      const key = needKey(need);
      const instances = new Set([...(found.get(key)?.instances ?? []), change.instance]);
      found.set(key, { ...need, instances: [...instances].sort() });
    }
  }
  return [...found.values()];
}

interface Search extends ImageInput {
  readonly starts: Starts;
  readonly images: ImageIndex;
  /** The services that the plan starts anew. */
  readonly changing: ReadonlySet<string>;
}

type Need = Omit<ImageNeed, "instances">;

/** What the start of one unit's service needs: its own images, and those of services that start before it. */
function needsOf(change: Change, search: Search): readonly ImageNeed[] {
  const { generated, live, starts, changing } = search;
  const own = generated.byUnit.get(change.unit);
  if (own === undefined) return [];
  const isStarted = (service: string) =>
    service !== own.service &&
    (changing.has(service) || live.services.get(service)?.activeState !== "active");
  const others = [...startedWith(own.service, starts)].filter(isStarted);
  const started = [own, ...others.flatMap((name) => generated.services.get(name) ?? [])];
  const brought = new Set(started.flatMap(broughtBy));
  return started
    .flatMap((service) => needsOfService(service, brought, search))
    .filter(({ words, folder = "" }) => ![...words, folder].some(isUnknown))
    .map((need) => ({ ...need, instances: [change.instance] }));
}

/** The images that an `.image` or `.build` unit's command brings, by the names that others use. */
function broughtBy({ call, text }: GeneratedService): readonly string[] {
  if (call?.subcommand === "build") return allOf(call.flags, "tag");
  if (call?.subcommand !== "image pull") return [];
  // An archive gives its image a name that only the unit knows.
  return [...call.rest.slice(0, 1), ...valuesOf(text, "X-Image", "ImageTag")];
}

function needsOfService(
  service: GeneratedService,
  brought: ReadonlySet<string>,
  search: Search,
): readonly Need[] {
  const { call } = service;
  if (call?.subcommand === "build") return buildNeeds(service, call, search);
  if (call?.subcommand === "kube play") return playNeeds(service, call, search);
  const [image = ""] = call?.rest ?? [];
  if (call?.subcommand === "image pull") {
    return pullNeeds(service, call, { image, policy: lastOf(call.flags, "policy") ?? "always" }, search);
  }
  const isRun = call?.subcommand === "run" && lastOf(call.flags, "rootfs") !== "true";
  if (call === undefined || !isRun) return [];
  const policy = lastOf(call.flags, "pull") ?? "missing";
  const isBrought = brought.has(image) && (policy === "missing" || policy === "never");
  return isBrought ? [] : pullNeeds(service, call, { image, policy }, search);
}

interface Wanted {
  readonly image: string;
  readonly policy: string;
  readonly unless?: readonly string[];
}

function pullNeeds(
  service: GeneratedService,
  call: PodmanCall,
  { image, policy, unless = [] }: Wanted,
  search: Search,
): readonly Need[] {
  // What is local already has nothing to be pulled from.
  if (image === "" || image.startsWith("containers-storage:")) return [];
  const isHere = imagesNamed(image, search.images).length > 0;
  const isLookedFor = policy === "always" || policy === "newer" || isTransport(image);
  if (isHere && (!isLookedFor || (policy === "newer" && isLocalName(image)))) return [];
  // Podman would need the passphrase as an argument.
  if (allOf(call.flags, "decryption-key").some((key) => key.includes(":"))) return [];
  const login = lastOf(call.flags, "creds");
  return [
    {
      image,
      how: policy === "never" && !isTransport(image) ? "none" : "pull",
      words: [...globalWords(call.global), "image", "pull", ...pullWords(call.flags), "--", image],
      variables: variablesOf(service, search),
      optional: policy === "newer" && isHere,
      unless,
      ...(login === undefined ? {} : { login }),
    },
  ];
}

/** podman's own prefix for what was built or tagged on this host. No registry has a newer one. */
function isLocalName(image: string): boolean {
  return image.startsWith("localhost/");
}

function playNeeds(service: GeneratedService, call: PodmanCall, search: Search): readonly Need[] {
  const yaml = (path: string) =>
    search.units.find(({ name }) => name === path)?.content ?? search.live.inputs.get(path) ?? "";
  const folder = lastOf(call.flags, "context-dir") ?? folderOf(service, search);
  return call.rest
    .flatMap((path) => playedImages(yaml(path)))
    .flatMap(({ image, policy }) => {
      const base = `${folder ?? "."}/${imageFolder(image)}`;
      const isBuilt = lastOf(call.flags, "build") !== "false";
      const unless = isBuilt && folder ? [`${base}/Containerfile`, `${base}/Dockerfile`] : [];
      if (search.units.some(({ name }) => unless.includes(name))) return [];
      return pullNeeds(service, call, { image, policy, unless }, search);
    });
}

/** A build as its service runs it. One with a login is left out: podman takes it only as an argument. */
function buildNeeds(service: GeneratedService, { flags }: PodmanCall, search: Search): readonly Need[] {
  const words = serviceWords(service.text, service.service, search.facts);
  if (words === undefined || flags.has("creds")) return [];
  const folder = folderOf(service, search);
  const staged = stagedFor(service.unit, search);
  return [
    {
      image: lastOf(flags, "tag") ?? service.unit,
      how: "build",
      words: words.slice(1),
      variables: variablesOf(service, search),
      optional: false,
      unless: [],
      ...(folder === undefined ? {} : { folder }),
      ...(staged === undefined ? {} : { staged }),
    },
  ];
}

/** The files beside a `.build` that it reads, if the plan changes any of them. */
function stagedFor(unit: string, { changes, units, facts: { unitDir } }: Search): Need["staged"] {
  const readers = readersOf(units, unitDir);
  const isRead = (file: Pick<Unit, "name" | "instance">) => readers(file).includes(unit);
  const isChanged = changes.some(
    ({ unit: name, action, instance }) => action !== "none" && isRead({ name, instance }),
  );
  if (!isChanged) return undefined;
  const files = units.filter((one) => one.kind === "file" && isRead(one));
  return {
    folder: unitDir,
    files: files.map(({ name, content, mode }) => ({
      path: name.slice(unitDir.length + 1),
      content,
      mode: permissionsIn(mode),
    })),
  };
}

/** The folder that the service runs in. */
function folderOf({ text, service }: GeneratedService, { facts }: Search): string | undefined {
  const folder = lastValueOf(text, "Service", "WorkingDirectory");
  return folder === undefined ? undefined : expandSpecifiers(folder.replace(/^-/, ""), service, facts);
}

function pullWords(flags: Flags): readonly string[] {
  return PULL_FLAGS.flatMap((name) => allOf(flags, name).map((value) => `--${name}=${value}`));
}

function globalWords(flags: Flags): readonly string[] {
  return [...flags].flatMap(([name, values]) => values.map((value) => `--${name}=${value}`));
}

/** podman would label what it makes with PODMAN_SYSTEMD_UNIT. */
function variablesOf({ text, service }: GeneratedService, { facts }: Search): Need["variables"] {
  const own = ownVariables(text, service, facts);
  return Object.fromEntries(
    own.filter(([name, value]) => name !== "PODMAN_SYSTEMD_UNIT" && !isUnknown(value)),
  );
}
