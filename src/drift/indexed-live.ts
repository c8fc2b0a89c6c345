import { groupBy } from "../lib/group-by.ts";
import { type Json, type LiveState, serviceOf, textAt } from "../model/live.ts";
import { type ImageIndex, indexImages } from "../quadlet/argv/image-names.ts";

type ByText<Item> = ReadonlyMap<string, readonly Item[]>;

/** The live state by the names and labels with which units and their rows look things up. */
interface LiveIndex {
  readonly containersByName: ByText<Json>;
  /** By the service that runs them, as podman's own label says. */
  readonly containersByService: ByText<Json>;
  readonly networks: ByText<Json>;
  readonly volumes: ByText<Json>;
  readonly secrets: ByText<Json>;
  readonly images: ImageIndex;
  /** Images that units pull or build. */
  readonly imageDetails: ImageIndex;
  /** Names of the unit directory's files by their drop-in folder: `jellyfin.container.d`. */
  readonly dropIns: ByText<string>;
}

/** The live state with an index, because drift looks up hundreds of units in lists of hundreds. */
export interface IndexedLive extends Omit<LiveState, "generated"> {
  readonly index: LiveIndex;
}

/** Goes through each list of the live state once. */
export function withIndex(live: Omit<LiveState, "generated">): IndexedLive {
  const nameOf = (object: Json) => textAt(object, "Name");
  return {
    ...live,
    index: {
      containersByName: groupBy(live.containers, nameOf),
      containersByService: groupBy(live.containers, serviceOf),
      // For networks, podman writes this field in lower case.
      networks: groupBy(live.networks, (network) => textAt(network, "name")),
      volumes: groupBy(live.volumes, nameOf),
      secrets: groupBy(live.secrets, (secret) => textAt(secret, "Spec", "Name")),
      images: indexImages(live.images),
      imageDetails: indexImages(live.imageDetails),
      dropIns: groupBy(live.files.keys(), (name) => name.slice(0, name.indexOf(".d/") + 2)),
    },
  };
}
