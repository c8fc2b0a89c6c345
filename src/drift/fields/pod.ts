import { type Json, LABEL_SYSTEMD_UNIT, type LiveState, objectAt, textAt } from "../../model/live.ts";
import { lastOf, type PodmanCall } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";

/**
 * The pod that a container is in, by the service that makes it, because podman's versions name it
 * differently.
 */
export const pod: FieldRow = {
  name: "pod",
  flags: ["pod", "pod-id-file"],
  declared: ({ call }, { live }) => flat({ "": declaredPod(call, live) }),
  container: (expected, container, { live }) => {
    const id = textAt(container, "Pod");
    if (id === "") return {};
    const found = live.pods.find((candidate) => textAt(candidate, "Id") === id);
    return flat({ "": found === undefined ? expected[""] : podKey(found) });
  },
  text: (value) => value[""] ?? "none",
  label: () => "",
};

function declaredPod(call: PodmanCall, live: Pick<LiveState, "pods">): string | undefined {
  // `podman pod create` has flags of these names for the pod itself.
  if (call.subcommand === "pod create") return undefined;
  const file = lastOf(call.flags, "pod-id-file");
  if (file !== undefined) return file.replace(/^.*\//, "").replace(/\.pod-id$/, "");
  const name = lastOf(call.flags, "pod");
  if (name === undefined || name === "") return undefined;
  const found = live.pods.find((candidate) => textAt(candidate, "Name") === name);
  return found === undefined ? name : podKey(found);
}

function podKey(found: Json): string {
  const service = textAt(objectAt(found, "Labels"), LABEL_SYSTEMD_UNIT);
  return service === "" ? textAt(found, "Name") : service.replace(/\.service$/, "");
}
