import { oneLine } from "../lib/one-line.ts";

/**
 * Every code that may stand in a plan's or verdict's `reasons`, with what it means. The docs page
 * docs/reasons.md lists the same rows; a test holds the two together.
 */
export const REASONS = {
  // why a unit is to be changed
  "unit-new": "the unit is in git and not yet on the host",
  "unit-changed": "the unit's text in git differs from the one last applied",
  "unit-removed": "git no longer has the unit and the inventory says quadgate created it",
  "image-changed": "the unit's text in git names another image",
  "network-changed": "the network's definition changed; podman applies it only to a new network",
  "network-found":
    "podman had the network before quadgate had its unit; it is used, and stays when the unit goes",
  "file-edited": "the file on the host was edited by hand",
  "file-missing": "the file was removed from the host by hand",
  "not-reloaded": "systemd has not loaded the unit's present text",
  "service-inactive": "the service is not running",
  "service-failed": "the service has failed",
  "service-masked": "the service is masked; quadgate does not unmask it",
  "host-override": "other files or systemd settings of the host change the unit; quadgate leaves them",
  "container-missing": "the container does not exist",
  "container-unhealthy": "the container's health check fails",
  "container-outdated": "the container was made from another text of the unit",
  "live-drift": "the live container differs from what made it",
  "dependency-restarted": "a unit that this one depends on is recreated",
  "takes-along": "systemd restarts or stops services with the unit that this plan leaves alone",
  "folder-missing": "a folder that the container mounts is not there; it is made before the start",
  "hooks-run": "commands of the manifest (hooks.beforeUpdate) run in the container before the update",
  "rollback-unfinished":
    "the desired state in git failed, and what was in force before is to be put back, which could not be finished yet",
  interrupted: "an earlier sync was interrupted before it had finished with this unit",
  "self-heal": "an unattended sync puts live drift back (onDrift: heal)",
  adopted: "the unit stood on the host with the same content and is now managed",
  // why an instance is left alone
  "instance-invalid": "the instance could not be read or rendered; its units stay as they are",
  "prerequisite-missing": "the host lacks something that the instance needs; its units stay as they are",
  "generator-fails":
    "podman's generator would not make the instance's services of the unit directory; its units stay as they are",
  "instance-suspended": "the instance is suspended, in its manifest or by a person on this host",
  "dependant-suspended":
    "a suspended instance would be stopped with the unit, or by its start, so it stays as it is",
  "dependant-invalid":
    "an instance that cannot be read would be stopped with the unit, or by its start, so it stays as it is",
  "failed-before": "this desired state was tried before and did not become healthy",
  "taken-along": "this desired state went back with an instance that it needs and that failed",
  "needed-by-left-alone": "git no longer has the unit, and an instance that is left alone needs it",
  "needed-unit-missing": "a unit that the instance needs is left alone and not on this host",
  "network-in-use": "containers that this sync leaves alone are on the network, so it stays as it is",
  "drift-reported": "live drift is reported, not mended, in an unattended sync (onDrift: report)",
  "heal-braked": "live drift was put back too often of late; it is only reported for a while",
  // what the gate says
  "health-proceed": "the health score is above the confirm limit",
  "health-in-confirm-band": "the health score is in the confirm band",
  "health-below-block": "the health score is below the block limit",
  "report-missing": "there is no health report",
  "report-stale": "the health report is too old",
  "report-invalid": "the health report is not valid",
  "health-command-timeout": "the health command did not end in time",
  "health-command-failed": "the health command could not be run",
  "host-finding": "a finding of the health report",
  "high-risk": "the risk of the plan is high",
  "window-closed": "changes are allowed in windows of time, and none is open",
  "window-frozen": "a freeze window is open",
  "empty-desired-state": "git asks for nothing at all on this host, but the inventory is not empty",
  "prune-limit": "more units would be deleted than prune.maxFraction allows",
  "foreign-unit": "a file that quadgate did not create stands in the way",
  "gate-looser-ignored": "an instance asks for a looser gate than the settings allow; the settings hold",
  "nothing-to-apply": "there is nothing to apply, so the gate was not asked",
  approved: "a person approved this plan",
  forced: "a person overrode the gate",
  restore: "the plan only brings back units that were verified on this host before",
  // what makes a plan risky
  "risk-score": "the host is not quite well",
  "risk-needed": "services that others need are restarted",
  "risk-image-major": "an image changes its major version, or is another one",
  "risk-image-unclear": "the versions of two images cannot be compared",
  "risk-delete": "something that runs is deleted",
  "risk-first-deployment": "instances are deployed for the first time",
} as const satisfies Record<string, string>;

export type ReasonCode = keyof typeof REASONS;

/** A reason with its code checked against the table; the message, in one line, defaults to the table's. */
export function reason(
  code: ReasonCode,
  message: string = REASONS[code],
): { code: ReasonCode; message: string } {
  return { code, message: oneLine(message) };
}
