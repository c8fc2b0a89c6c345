/** The image of a unit that brings one by name: of a container's unit, and of an `.image` unit. */
export interface UnitImage {
  /** The name as podman gets it, with drop-ins and other units applied: `docker.io/library/app:1`. */
  readonly reference: string;
  /**
   * Id of the local image that the reference names now, and that the next start uses. null if that is
   * unknown: podman would ask the registry, an `.image` unit pulls before, or several images have that name.
   */
  readonly next: string | null;
  /**
   * The images of the unit's current containers, each with the name that podman noted; empty without a
   * container.
   */
  readonly running: readonly { readonly id: string; readonly name: string }[];
}
