/** A mount as the template writes it. */
export interface VolumeUse {
  /** `Volume=` text, systemd's specifiers in its source not yet protected. */
  readonly text: string;
  readonly destination: string;
  /** The named volume that needs its own unit, without the instance's name. */
  readonly named: string | undefined;
}

/** A `%` that begins no systemd specifier: systemd would refuse the unit. */
const NO_SPECIFIER = /%(?![aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY])/;
const NAMED = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Reads one entry of `volumes`: `source:/destination[:options]`, where the source is an absolute path, one
 * below the home folder (`~/x`) or another folder that systemd knows (`%t/x`), another unit (`x.volume`) or
 * a name, which gets a unit `<instance>-<name>.volume`. Otherwise says what is wrong.
 */
export function parseVolume(text: string, instance: string): VolumeUse | { readonly wrong: string } {
  const [source = "", destination = "", ...rest] = text.split(":");
  if (!destination.startsWith("/")) return { wrong: "needs the form source:/path/in/container[:options]" };
  if (rest.length > 1)
    return { wrong: "has more than three fields; podman cannot mount a path with a colon" };
  const tail = [destination, ...rest].join(":");
  const path = source.replace(/^~(?=\/|$)/, "%h");
  if (/^(\/|%[A-Za-z](\/|$))/.test(path)) {
    const wrong = "has a % that is not a systemd specifier; write %% for a percent sign";
    return NO_SPECIFIER.test(path.replaceAll("%%", ""))
      ? { wrong }
      : { text: `${path}:${tail}`, destination, named: undefined };
  }
  if (source.endsWith(".volume")) return { text: `${source}:${tail}`, destination, named: undefined };
  if (!NAMED.test(source))
    return { wrong: "has a source that is not an absolute path, a ~/path or a volume name" };
  return { text: `${instance}-${source}.volume:${tail}`, destination, named: source };
}

/** Later mounts replace earlier ones at the same place in the container. */
export function mergeVolumes(volumes: readonly VolumeUse[]): readonly VolumeUse[] {
  const byDestination = new Map<string, VolumeUse>();
  for (const volume of volumes) byDestination.set(volume.destination.replace(/(?<=.)\/+$/, ""), volume);
  return [...byDestination.values()];
}
