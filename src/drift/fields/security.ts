import { at, type Json, listAt } from "../../model/live.ts";
import { allOf, lastOf } from "../../quadlet/argv/podman-call.ts";
import { flat } from "../flat.ts";
import type { FieldRow } from "../row.ts";
import { switchesText } from "../row-builders/parts-row.ts";

/** podman 4 and 5.2 wrote `label:disable` for `label=disable`. */
function securityOption(option: string): string {
  return option
    .replace(/^(label|no-new-privileges|seccomp|apparmor|mask|unmask):/, "$1=")
    .replace(/=true$/, "");
}

/** Options that podman shows. It does not show the others (`label=nested`, `mask`, `unmask`). */
const SHOWN = /^(no-new-privileges$|label=(disable$|(user|role|type|level|filetype):)|seccomp=.|apparmor=.)/;

/**
 * podman joins the labels into one text, in which levels have commas too:
 * `label=type:x,label=level:s0:c1,c2`.
 */
function liveSecurity(container: Json): readonly string[] {
  return listAt(container, "HostConfig", "SecurityOpt")
    .flatMap((option) => String(option).split(/,(?=label=)/))
    .map(securityOption);
}

/** Whether an option replaces a declared one that is missing, such as another type or profile. */
function replaces(option: string, declared: readonly string[], live: readonly string[]): boolean {
  const kind = (text: string) => /^(label=\w+:|\w+=)/.exec(text)?.[0];
  return (
    !declared.includes(option) && declared.some((one) => !live.includes(one) && kind(one) === kind(option))
  );
}

/** Read-only root, privilege and security options. The container shows only some of them. */
export const security: FieldRow = {
  name: "security",
  flags: ["read-only", "read-only-tmpfs", "privileged", "security-opt"],
  declared: ({ call }) => {
    const options = allOf(call.flags, "security-opt").map((option) => [securityOption(option), "true"]);
    return flat({
      "read-only": lastOf(call.flags, "read-only"),
      "read-only-tmpfs": lastOf(call.flags, "read-only-tmpfs"),
      privileged: lastOf(call.flags, "privileged"),
      ...Object.fromEntries(options),
    });
  },
  container: (expected, container) => {
    const live = liveSecurity(container);
    const shown = Object.keys(expected).filter((option) => SHOWN.test(option));
    const others = live.filter((option) => replaces(option, shown, live));
    return flat({
      ...Object.fromEntries(others.map((option) => [option, "true"])),
      ...expected,
      "read-only":
        expected["read-only"] &&
        String(at(container, "HostConfig", "ReadonlyRootfs") ?? expected["read-only"]),
      privileged:
        expected.privileged && String(at(container, "HostConfig", "Privileged") ?? expected.privileged),
      ...Object.fromEntries(shown.map((option) => [option, live.includes(option) ? "true" : undefined])),
    });
  },
  text: switchesText,
};
