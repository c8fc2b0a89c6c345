import type { HealthMetric } from "../../model/health-checks.ts";

/** The text of a finding. `{subject}` is what was measured; `{value}` is the number, or words for it. */
interface Wording {
  readonly message: string;
  /** What a person can do about it; empty if there is nothing to do. */
  readonly action: string;
}

const CLEAN = "free space, for example with: podman system prune";
const FREE_MEMORY = "see what uses the memory with: systemd-cgtop -m";
const SEE_BUSY = "see what is busy with: systemd-cgtop";
const SEE_UNIT = "see why with: systemctl status (rootless: systemctl --user status)";
const SEE_CONTAINER = "see why with: podman logs CONTAINER";
const INODES: Wording = {
  message: "{value}% of the inodes of {subject} in use",
  action: "remove small files that are not needed",
};

function full(action: string): Wording {
  return { message: "disk of {subject} {value}% full", action };
}

function stalled(action: string): Wording {
  return { message: "all work waited for {subject} in {value}% of the last minute", action };
}

export const WORDING: Readonly<Record<HealthMetric, Wording>> = {
  disk_root_percent: full(CLEAN),
  disk_storage_percent: full(CLEAN),
  disk_state_percent: full("free space there"),
  disk_volumes_percent: full("free space there, or make the file system larger"),
  disks_silent: { message: "the file system of {subject} does not answer", action: "see: mount, dmesg" },
  inodes_root_percent: INODES,
  inodes_storage_percent: INODES,
  inodes_state_percent: INODES,
  inodes_volumes_percent: INODES,
  memory_percent: { message: "memory {value}% in use", action: FREE_MEMORY },
  swap_percent_of_memory: { message: "swap in use, {value}% of the memory's size", action: FREE_MEMORY },
  pressure_memory_percent: stalled(FREE_MEMORY),
  pressure_io_percent: stalled(SEE_BUSY),
  pressure_cpu_percent: {
    message: "some work waited for {subject} in {value}% of the last minute",
    action: SEE_BUSY,
  },
  load_per_core: { message: "a load of {value} per core over five minutes", action: SEE_BUSY },
  keystones_down: { message: "critical services down: {subject}", action: SEE_UNIT },
  keystones_unknown: {
    message: "critical services that systemd does not know: {subject}",
    action: "deploy them, or correct health.keystones",
  },
  failed_units: { message: "services failed: {subject}", action: SEE_UNIT },
  failed_system_units: {
    message: "units of the system failed: {subject}",
    action: "see why with: systemctl status",
  },
  restarting_services: { message: "services that keep restarting: {subject}", action: SEE_UNIT },
  unhealthy_containers: { message: "containers unhealthy: {subject}", action: SEE_CONTAINER },
  oom_killed_containers: {
    message: "something was killed for lack of memory in: {subject}",
    action: "give them more memory, or find out why they need it",
  },
  certificate_days_left: {
    message: "certificate {subject} {value}",
    action: "renew it, and find out why it was not renewed automatically",
  },
  certificates_unreadable: {
    message: "certificate unreadable: {subject}",
    action: "check the path and who may read it",
  },
  backup_age_days: {
    message: "the newest backup in {subject} is {value} old",
    action: "find out why there is no newer one",
  },
  backups_missing: { message: "no backup in {subject}", action: "make one, or correct health.backups" },
  reboot_pending: { message: "a reboot is pending: {subject}", action: "reboot when convenient" },
  clock_unsynchronised: {
    message: "the clock is not in sync",
    action: "see why with: timedatectl timesync-status, or chronyc tracking",
  },
  selinux_not_enforcing: {
    message: "SELinux is {subject}, not enforcing",
    action: "see: getenforce, /etc/selinux/config",
  },
  programs_silent: {
    message: "no answer in time (health.timeout) from {subject}",
    action:
      "see what they wait for with: podman ps, systemctl list-jobs (rootless: systemctl --user list-jobs)",
  },
  checks_not_run: { message: "not checked: {subject}", action: "" },
};
