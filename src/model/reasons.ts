import { oneLine } from "../lib/one-line.ts";

/**
 * Every code that may be in a plan's or verdict's `reasons`, with its meaning. docs/reasons.md lists the same
 * rows; a test compares the two.
 */
export const REASONS = {
  // why a plan changes a unit
  "unit-new": "the unit is in git but not yet on the host",
  "unit-changed": "the unit's text in git differs from the one last applied",
  "comment-changed": "only comments, descriptions or X- sections change: nothing restarts because of it",
  "unit-removed": "git no longer has the unit, and the inventory says that quadgate created it",
  "image-changed": "the unit's text in git names another image",
  "network-changed": "the network's definition changed; podman applies it only to a new network",
  "network-found":
    "podman had the network before quadgate had its unit; quadgate uses it, and keeps it without the unit",
  "file-edited": "someone edited the file on the host by hand",
  "file-missing": "someone removed the file from the host by hand",
  "not-reloaded": "systemd has not loaded the unit's current text",
  "service-inactive": "the service is not running",
  "unit-disabled": "links are missing by which the unit's [Install] section has it started",
  "service-failed": "the service has failed",
  "service-masked": "the service is masked; quadgate does not unmask it",
  "host-override": "other files or systemd settings of the host change the unit; quadgate leaves them alone",
  "container-missing": "the container does not exist",
  "container-unhealthy": "the container's health check fails",
  "container-outdated": "the container was made from a different text of the unit",
  "live-drift": "the live container differs from the unit that made it",
  "dependency-restarted": "quadgate recreates a unit that this one depends on",
  "takes-along": "with the unit, systemd restarts or stops services that this plan leaves alone",
  "folder-missing": "a folder that the container mounts is missing; quadgate makes it before the start",
  "hooks-run": "commands of the manifest (hooks) run in the container before the update, or in the new one",
  "rollback-unfinished":
    "the desired state in git failed, and quadgate has not finished putting back what was in force before",
  interrupted: "an earlier sync was interrupted before it finished with this unit",
  "self-heal": "an unattended sync puts live drift back (onDrift: heal)",
  "job-loaded":
    "the unit is a job: quadgate loads it, and leaves it to its timer, or to a person, to start it",
  "trigger-loaded": "a socket or path starts the service when it is needed; quadgate only loads it",
  adopted: "the unit was already on the host with the same content; quadgate now manages it",
  // why an instance is left alone
  "instance-invalid": "quadgate could not read or render the instance; its units stay as they are",
  "prerequisite-missing": "the host lacks something that the instance needs; its units stay as they are",
  "image-unavailable":
    "podman can neither find nor pull nor build an image that the instance needs; its units stay as they are",
  "generator-fails": "podman's generator would not make the instance's services; its units stay as they are",
  orphaned: "git no longer has the instance, which runs on because it said `prune: false`",
  "instance-suspended": "the manifest, or a person on this host, suspends the instance",
  "dependant-suspended": "a change would also stop a suspended instance, so the unit stays as it is",
  "dependant-invalid":
    "a change would also stop an instance that quadgate cannot read, so the unit stays as it is",
  "text-ended": "a text that was in force had not proved itself and ended; quadgate put it back",
  "failed-before": "a sync tried this desired state before, and it did not become healthy",
  "taken-along": "quadgate put this desired state back because an instance that it needs failed",
  "needed-by-left-alone": "git no longer has the unit, but an instance that is left alone needs it",
  "needed-unit-missing": "a unit that the instance needs is left alone and not on this host",
  "network-in-use": "containers that this sync leaves alone use the network, so it stays as it is",
  "job-running": "a job is under way that the change would stop; the unit stays as it is until the job ends",
  "drift-reported": "an unattended sync reports live drift and does not put it back (onDrift: report)",
  "heal-braked": "quadgate put live drift back too often recently; for a while it only reports it",
  // what the gate says
  "health-proceed": "the health score is above the confirm limit",
  "health-in-confirm-band": "the health score is in the confirm band",
  "health-below-block": "the health score is below the block limit",
  "report-missing": "there is no health report",
  "report-stale": "the health report is too old",
  "report-invalid": "the health report is not valid",
  "health-command-timeout": "the health command did not end in time",
  "health-command-failed": "quadgate could not run the health command",
  "host-finding": "the health report has a finding",
  "high-risk": "the risk of the plan is high",
  "window-closed": "changes are allowed only in time windows, and none is open",
  "window-frozen": "a freeze window is open",
  "empty-desired-state": "git asks for nothing at all on this host, but the inventory is not empty",
  "prune-limit": "more units would be deleted than prune.maxFraction allows",
  "foreign-unit": "a file that quadgate did not create is in the way",
  "gate-looser-ignored": "an instance asks for a looser gate than the settings allow; the settings apply",
  "nothing-to-apply": "there is nothing to apply, so the gate was not asked",
  approved: "a person approved this plan",
  forced: "a person overrode the gate",
  restore: "the plan only brings back units that were verified on this host before",
  // why a sync that has applied its plan ends without a verdict on a text
  "stopped-by-hand": "a person stopped the service before its text had settled; the text has not failed",
  "needed-service-down": "a service that the instance needs is down, so its text cannot settle",
  // what makes a plan risky
  "risk-score": "the host is not fully healthy",
  "risk-needed": "the plan restarts services that others need",
  "risk-image-major": "an image changes its major version, or is a different image",
  "risk-image-unclear": "quadgate cannot compare the versions of two images",
  "risk-delete": "the plan deletes something that runs",
  "risk-first-deployment": "the plan deploys instances for the first time",
} as const satisfies Record<string, string>;

export type ReasonCode = keyof typeof REASONS;

/** A reason with its code checked against the table; the message, in one line, defaults to the table's. */
export function reason(
  code: ReasonCode,
  message: string = REASONS[code],
): { code: ReasonCode; message: string } {
  return { code, message: oneLine(message) };
}
