#!/bin/bash
# Boots a disposable host from a base root file system: boot.sh BASE WORK NAME CGROUP.
# Returns never: it is the parent of the host's systemd and ends with it. WORK keeps all that the host writes.
# WORK/mounts lists what the host sees of this machine, a line each: ro|rw TAB source TAB target.
set -eu
exec unshare --mount --pid --fork --uts --ipc --net --kill-child --propagation private /bin/bash -c '
set -eu
BASE=$1 WORK=$2 NAME=$3 CGROUP=$4 R=$2/root
# Only this process may stand in the new cgroup: its parent there would keep systemd from enabling controllers.
echo 0 >"$CGROUP/cgroup.procs"
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$WORK/upper,workdir=$WORK/work" "$R"
mount -t proc proc "$R/proc"
mount -t sysfs sysfs "$R/sys"
mount -t tmpfs -o mode=755 tmpfs "$R/run"
mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
mount -t tmpfs -o mode=755 tmpfs "$R/dev"
mkdir -p "$R/dev/net" "$R/dev/pts" "$R/dev/shm"
while read -r node major minor; do mknod -m 666 "$R/dev/$node" c "$major" "$minor"; done <<NODES
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
fuse 10 229
net/tun 10 200
NODES
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
ln -s /proc/self/fd "$R/dev/fd"
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%%:*}" "$R/dev/${stream##*:}"; done
# Each boot has an id of its own. The kernel lets containers of users mount proc only if one is seen whole.
mkdir -m 700 "$R/run/whole-proc"
mount -t proc proc "$R/run/whole-proc"
cat /proc/sys/kernel/random/uuid >"$R/run/boot-id"
mount --bind "$R/run/boot-id" "$R/proc/sys/kernel/random/boot_id"
mount -o remount,bind,ro "$R/proc/sys/kernel/random/boot_id"
# podman cannot keep its layers on an overlay: the two stores are folders of the real file system.
mount --bind "$WORK/store-root" "$R/var/lib/containers"
mount --bind "$WORK/store-home" "$R/home/homelab/.local/share/containers"
while IFS="$(printf "\t")" read -r access source target; do
  if [ -d "$source" ]; then mkdir -p "$R$target"; else mkdir -p "$R${target%/*}"; touch "$R$target"; fi
  mount --bind "$source" "$R$target"
  if [ "$access" = ro ]; then mount -o remount,bind,ro "$R$target"; fi
done <"$WORK/mounts"
# Without a machine id systemd takes this for the first boot ever and resets what is enabled.
[ -s "$R/etc/machine-id" ] || tr -d - </proc/sys/kernel/random/uuid >"$R/etc/machine-id"
echo "$NAME" >"$R/etc/hostname"
printf "127.0.0.1 localhost %s\n::1 localhost ip6-localhost\n" "$NAME" >"$R/etc/hosts"
# An interface that leads nowhere: pasta and published addresses need one with a default route.
ip link set lo up
ip link add eth0 type veth peer name uplink
ip addr add 192.168.1.70/24 dev eth0
ip link set uplink up
ip link set eth0 up
ip route add default via 192.168.1.1
hostname "$NAME"
mkdir -p "$R/.old"
cd "$R"
pivot_root . .old
umount -l /.old
rmdir /.old
mount --make-rshared /
exec unshare --cgroup /bin/sh -c "mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec env -i container=lab \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=journal --show-status=no"
' lab "$@"
