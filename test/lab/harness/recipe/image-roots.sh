#!/bin/sh
# Makes the root file systems of the lab's images: image-roots.sh ROOT FILES (a customize hook of mmdebstrap).
# Each is a static busybox with all its applets; redis and nginx add the programs and the libraries they load.
set -eu
ROOT=$1
FILES=$2
OUT=/var/lib/lab-images
in_root() { chroot "$ROOT" "$@"; }

busybox_root() {
  dir=$ROOT$OUT/$1
  mkdir -p "$dir/bin" "$dir/etc" "$dir/tmp" "$dir/root" "$dir/var/run" "$dir/var/log" "$dir/usr/bin" "$dir/usr/sbin" \
    "$dir/home" "$dir/data" "$dir/run"
  chmod 1777 "$dir/tmp"
  ln -s bin "$dir/sbin"
  cp "$ROOT/bin/busybox" "$dir/bin/busybox"
  for applet in $(in_root /bin/busybox --list); do
    [ -e "$dir/bin/$applet" ] || ln -s busybox "$dir/bin/$applet"
  done
  for file in curl sleep standin hold tools; do
    rm -f "$dir/bin/$file"
    install -m 755 "$FILES/$file.sh" "$dir/bin/$file"
  done
  for tool in pg_isready mariadb-admin mysqladmin immich-healthcheck python3 node ak traefik; do
    ln -s tools "$dir/bin/$tool"
  done
  mkdir -p "$dir/app"
  ln -s ../bin/tools "$dir/app/healthcheck.sh"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$dir/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/etc/group"
  ln -s ../bin/env "$dir/usr/bin/env"
}

# add_program IMAGE PROGRAM: copies a program and what it loads, at the paths it looks for them.
add_program() {
  dir=$ROOT$OUT/$1
  in_root ldd "$2" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r lib; do
    mkdir -p "$dir$(dirname "$lib")"
    cp -L "$ROOT$(in_root realpath "$lib")" "$dir$lib"
  done
  mkdir -p "$dir$(dirname "$2")"
  cp -L "$ROOT$(in_root realpath "$2")" "$dir$2"
}

busybox_root busybox

busybox_root redis
for program in redis-server redis-cli; do add_program redis /usr/bin/$program; done
ln -s redis-server "$ROOT$OUT/redis/usr/bin/valkey-server"
ln -s redis-cli "$ROOT$OUT/redis/usr/bin/valkey-cli"

busybox_root memcached
add_program memcached /usr/bin/memcached

busybox_root traefik
add_program traefik /usr/lib/systemd/systemd-socket-proxyd

busybox_root nginx
add_program nginx /usr/sbin/nginx
mkdir -p "$ROOT$OUT/nginx/etc/nginx/conf.d" "$ROOT$OUT/nginx/usr/share/nginx/html" \
  "$ROOT$OUT/nginx/var/log/nginx" "$ROOT$OUT/nginx/var/cache/nginx"
cp "$FILES/nginx.conf" "$ROOT$OUT/nginx/etc/nginx/nginx.conf"
cp "$ROOT/etc/nginx/mime.types" "$ROOT$OUT/nginx/etc/nginx/mime.types"
cp "$FILES/nginx-default.conf" "$ROOT$OUT/nginx/etc/nginx/conf.d/default.conf"
echo '<h1>Welcome to nginx!</h1>' >"$ROOT$OUT/nginx/usr/share/nginx/html/index.html"

for image in busybox redis memcached traefik nginx; do
  tar -C "$ROOT$OUT/$image" --numeric-owner -cf "$ROOT$OUT/$image.tar" .
  rm -rf "${ROOT:?}$OUT/$image"
done

# They belong in the images only: the host itself runs nothing but podman.
in_root apt-get -qq -y -o Dpkg::Use-Pty=0 purge --autoremove redis-server redis-tools memcached nginx nginx-common >/dev/null
rm -rf "$ROOT/var/lib/redis" "$ROOT/var/log/redis" "$ROOT/etc/redis" "$ROOT/var/lib/nginx" "$ROOT/var/log/nginx"

# Or each boot would take itself for the first one after an upgrade and rebuild catalogues and caches.
touch -r "$ROOT/usr" "$ROOT/etc/.updated" "$ROOT/var/.updated"
