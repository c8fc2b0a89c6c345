/** The image of a unit that brings one by name: of a container's unit, and of an `.image` unit. */
export interface UnitImage {
  /** As podman is told it, drop-ins and other units included: `docker.io/library/app:1`. */
  readonly reference: string;
  /**
   * Id of the local image that the reference names now, and that the next start uses; null where nobody can tell: podman
   * would ask the registry, an `.image` unit pulls before, or several images go by that name.
   */
  readonly next: string | null;
  /** The images of the containers that the unit has now, each with the name that podman noted; none: it has no container. */
  readonly running: readonly { readonly id: string; readonly name: string }[];
}
