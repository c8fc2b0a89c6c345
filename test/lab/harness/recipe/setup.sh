#!/bin/sh
# Turns a fresh Debian root file system into the lab's host: setup.sh ROOT (a customize hook of mmdebstrap).
set -eu
ROOT=$1
in_root() { chroot "$ROOT" "$@"; }

# The masked units fail or make noise in a namespace that has no hardware, no modules and no network.
for unit in systemd-modules-load.service systemd-udevd.service systemd-udev-trigger.service \
    systemd-logind-varlink.socket apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer fstrim.timer systemd-tmpfiles-clean.timer console-getty.service getty@tty1.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    systemd-remount-fs.service systemd-networkd.service systemd-networkd-wait-online.service \
    systemd-firstboot.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount \
    docker-registry.service; do
  ln -sf /dev/null "$ROOT/etc/systemd/system/$unit"
done
mkdir -p "$ROOT/etc/systemd/user"
ln -sf /dev/null "$ROOT/etc/systemd/user/systemd-tmpfiles-clean.timer"

# Rootless Quadlets wait up to 90 s for network-online.target, which nothing else would start here.
mkdir -p "$ROOT/etc/systemd/system/multi-user.target.wants"
ln -sf /usr/lib/systemd/system/network-online.target \
  "$ROOT/etc/systemd/system/multi-user.target.wants/network-online.target"

# The first rootless podman after a boot leaves no process behind to keep its user namespace, and exits as soon as it
# has told systemd that a container is healthy; systemd (257 on) drops a message whose sender is gone, and the unit times
# out now and then. Any podman command that comes first spares the tests that.
cat >"$ROOT/etc/systemd/user/podman-first.service" <<'UNIT'
[Unit]
Description=The first podman command after a boot
Before=podman-user-wait-network-online.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/podman unshare true
UNIT
mkdir -p "$ROOT/etc/systemd/user/default.target.wants"
ln -sf ../podman-first.service "$ROOT/etc/systemd/user/default.target.wants/podman-first.service"

# crun refuses to set a limit where the machine keeps the pids controller on cgroup v1.
mkdir -p "$ROOT/etc/containers/containers.conf.d"
printf '[containers]\npids_limit = 0\n' >"$ROOT/etc/containers/containers.conf.d/lab.conf"

# Nothing can be pulled but from a registry that a test starts on port 5000: a short name must not send podman looking
# for one. Podman speaks plain HTTP to localhost:5000, and TLS to 127.0.0.1:5000.
mkdir -p "$ROOT/etc/containers/registries.conf.d"
cat >"$ROOT/etc/containers/registries.conf.d/lab.conf" <<'CONF'
unqualified-search-registries = ["docker.io"]
short-name-mode = "permissive"
[[registry]]
location = "localhost:5000"
insecure = true
CONF

in_root useradd --create-home --shell /bin/bash --uid 1000 homelab
in_root install -d -o homelab -g homelab -m 755 /home/homelab/.local /home/homelab/.local/share \
  /home/homelab/.local/share/containers /home/homelab/.config
mkdir -p "$ROOT/var/lib/systemd/linger"
touch "$ROOT/var/lib/systemd/linger/homelab"
grep -q '^homelab:' "$ROOT/etc/subuid" || echo homelab:100000:65536 >>"$ROOT/etc/subuid"
grep -q '^homelab:' "$ROOT/etc/subgid" || echo homelab:100000:65536 >>"$ROOT/etc/subgid"

cat >"$ROOT/etc/gitconfig" <<'GIT'
[init]
	defaultBranch = main
[user]
	name = Homelab
	email = homelab@lab.test
[advice]
	detachedHead = false
[gc]
	auto = 0
[maintenance]
	auto = false
GIT

rm -f "$ROOT/etc/hostname" "$ROOT/etc/machine-id" "$ROOT/etc/resolv.conf"
echo '# the lab has no network' >"$ROOT/etc/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >"$ROOT/etc/hosts"
mkdir -p "$ROOT/opt/quadgate" "$ROOT/var/lib/containers" "$ROOT/var/log/journal"
ln -sf /opt/quadgate/dist/quadgate.js "$ROOT/usr/local/bin/quadgate"

# Or each boot would take itself for the first one after an upgrade and rebuild catalogues and caches.
touch -r "$ROOT/usr" "$ROOT/etc/.updated" "$ROOT/var/.updated"
