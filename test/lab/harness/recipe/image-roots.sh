#!/bin/sh
# Makes the root file systems of the lab's images: image-roots.sh OUT FILES MIRROR. OUT gets a tar file for each.
# Each is a static busybox with all its applets. What else is in one are programs of Debian trixie, whichever Debian the
# lab's host is, and the libraries they load: their packages are unpacked, never installed.
set -eu
OUT=$1
FILES=$2
MIRROR=$3
WORK=$OUT/work
DEBIAN=$WORK/debian
PACKAGES="busybox-static util-linux systemd redis-server memcached nginx postgresql-17 mariadb-server-core
  mariadb-client-core mariadb-client prometheus prometheus-node-exporter"
# What the packages depend on and no program here loads; it is most of the download.
UNUSED='^(libllvm|libz3|.*perl|promtool|locales|libc-l10n|libjs-|fonts-|openssl$|iproute2|procps|passwd|libdb5)'

apt() {
  command=$1
  shift
  "$command" -qq -o Dir="$WORK/apt" -o Dir::State::status="$WORK/apt/status" -o APT::Sandbox::User=root \
    -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o APT::Install-Recommends=false "$@"
}

unpack_packages() {
  mkdir -p "$WORK/apt/etc/apt/preferences.d" "$WORK/apt/var/lib/apt/lists/partial" "$WORK/apt/var/cache/apt/archives/partial" \
    "$WORK/debs" "$DEBIAN/usr/bin" "$DEBIAN/usr/lib" "$DEBIAN/usr/lib64" "$DEBIAN/usr/sbin"
  : >"$WORK/apt/status"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keyring] $MIRROR trixie main" >"$WORK/apt/etc/apt/sources.list"
  apt apt-get update
  # shellcheck disable=SC2086
  wanted=$(apt apt-get --simulate install $PACKAGES | sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -vE "$UNUSED")
  # shellcheck disable=SC2086
  (cd "$WORK/debs" && apt apt-get download $wanted)
  for folder in bin lib lib64 sbin; do ln -s usr/$folder "$DEBIAN/$folder"; done
  for deb in "$WORK"/debs/*.deb; do dpkg-deb --extract "$deb" "$DEBIAN"; done
}

# account IMAGE NAME UID GID HOME: a user as the image of that name has it.
account() {
  echo "$2:x:$3:$4:$2:$5:/bin/sh" >>"$WORK/$1/etc/passwd"
  echo "$2:x:$4:" >>"$WORK/$1/etc/group"
}

# owned_folder IMAGE UID:GID MODE FOLDER...
owned_folder() {
  image=$1 owner=$2 mode=$3
  shift 3
  for folder; do install -d -o "${owner%:*}" -g "${owner#*:}" -m "$mode" "$WORK/$image/$folder"; done
}

busybox_root() {
  dir=$WORK/$1
  mkdir -p "$dir/bin" "$dir/etc" "$dir/tmp" "$dir/root" "$dir/run" "$dir/var/log" "$dir/usr/bin" "$dir/usr/sbin" \
    "$dir/usr/lib" "$dir/usr/lib64" "$dir/usr/local/bin" "$dir/home" "$dir/data"
  chmod 1777 "$dir/tmp"
  ln -s bin "$dir/sbin"
  for folder in lib lib64; do ln -s usr/$folder "$dir/$folder"; done
  ln -s ../run "$dir/var/run"
  cp "$DEBIAN/usr/bin/busybox" "$dir/bin/busybox"
  for applet in $("$DEBIAN/usr/bin/busybox" --list); do
    [ -e "$dir/bin/$applet" ] || ln -s busybox "$dir/bin/$applet"
  done
  add_scripts "$1" bin curl sleep standin hold
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$dir/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$dir/etc/group"
  ln -s ../bin/env "$dir/usr/bin/env"
}

# add_scripts IMAGE FOLDER NAME...: files of this recipe, without their ending.
add_scripts() {
  dir=$WORK/$1 folder=$2
  shift 2
  for name; do
    rm -f "$dir/$folder/$name"
    install -m 755 "$FILES/$name.sh" "$dir/$folder/$name"
  done
}

# add_programs IMAGE PROGRAM...: copies programs and what they load, at the paths where they are looked for.
add_programs() {
  image=$1
  shift
  for program; do
    add_file "$image" "$program"
    list=$(chroot "$DEBIAN" "$LOADER" --list "$program" 2>&1) || true
    case $list in
      *'not a dynamic executable'* | *'statically linked'*) continue ;;
      *'not found'*) echo "$program lacks libraries:" "$list" >&2 && exit 1 ;;
    esac
    for library in $(echo "$list" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'); do
      add_file "$image" "$library"
    done
  done
}

# add_file IMAGE PATH: links between packages are absolute, so they are followed from within.
add_file() {
  [ -e "$WORK/$1$2" ] && return
  mkdir -p "$WORK/$1$(dirname "$2")"
  cp "$DEBIAN$(chroot "$DEBIAN" /usr/bin/busybox realpath "$2")" "$WORK/$1$2"
}

# add_folder IMAGE PATH: a folder of the packages as it is.
add_folder() {
  mkdir -p "$WORK/$1$(dirname "$2")"
  cp -a "$DEBIAN$2" "$WORK/$1$2"
}

# finish IMAGE: turns the root file system into the tar file that the image is imported from.
finish() {
  tar -C "$WORK/$1" --numeric-owner -cf "$OUT/$1.tar" .
  rm -rf "${WORK:?}/$1"
}

unpack_packages
LOADER=$(chroot "$DEBIAN" /usr/bin/busybox find /usr/lib64/ /usr/lib/ -maxdepth 1 -name 'ld-linux*' | head -n 1)

busybox_root busybox
add_scripts busybox bin tools
for tool in mysqladmin immich-healthcheck python3 node ak; do ln -s tools "$WORK/busybox/bin/$tool"; done
mkdir "$WORK/busybox/app"
ln -s ../bin/tools "$WORK/busybox/app/healthcheck.sh"
finish busybox

busybox_root traefik
add_scripts traefik bin tools
ln -s tools "$WORK/traefik/bin/traefik"
add_programs traefik /usr/lib/systemd/systemd-socket-proxyd
finish traefik

busybox_root redis
add_programs redis /usr/bin/redis-server /usr/bin/redis-cli /usr/bin/setpriv
for name in server cli; do ln -s redis-$name "$WORK/redis/usr/bin/valkey-$name"; done
add_scripts redis usr/local/bin redis-entrypoint
account redis redis 999 1000 /data
owned_folder redis 999:1000 755 data
finish redis

busybox_root memcached
add_programs memcached /usr/bin/memcached
account memcached memcache 11211 11211 /
finish memcached

busybox_root nginx
add_programs nginx /usr/sbin/nginx
mkdir -p "$WORK/nginx/etc/nginx/conf.d" "$WORK/nginx/usr/share/nginx/html" "$WORK/nginx/var/log/nginx" \
  "$WORK/nginx/var/cache/nginx"
cp "$FILES/nginx.conf" "$WORK/nginx/etc/nginx/nginx.conf"
cp "$DEBIAN/etc/nginx/mime.types" "$WORK/nginx/etc/nginx/mime.types"
cp "$FILES/nginx-default.conf" "$WORK/nginx/etc/nginx/conf.d/default.conf"
echo '<h1>Welcome to nginx!</h1>' >"$WORK/nginx/usr/share/nginx/html/index.html"
account nginx nginx 101 101 /var/cache/nginx
finish nginx

busybox_root postgres
bin=/usr/lib/postgresql/17/bin
for program in postgres initdb pg_ctl; do add_programs postgres $bin/$program; done
for program in psql pg_isready pg_dump; do add_programs postgres $bin/$program; done
add_programs postgres /usr/bin/setpriv
# Without the compiler of queries (llvmjit), which PostgreSQL does without when it is not there.
for module in plpgsql dict_snowball libpqwalreceiver; do
  add_programs postgres /usr/lib/postgresql/17/lib/$module.so
done
add_folder postgres /usr/share/postgresql/17
rm -rf "$WORK/postgres/usr/share/postgresql/17/man"
find "$WORK/postgres/usr/share/postgresql/17/extension" -type f ! -name 'plpgsql*' -delete
echo "listen_addresses = '*'" >>"$WORK/postgres/usr/share/postgresql/17/postgresql.conf.sample"
add_folder postgres /usr/lib/locale/C.utf8
for zone in Etc/UTC Europe/Oslo; do add_file postgres /usr/share/zoneinfo/$zone; done
add_scripts postgres usr/local/bin postgres-entrypoint
account postgres postgres 999 999 /var/lib/postgresql
account postgres postgres-alpine 70 70 /var/lib/postgresql
owned_folder postgres 999:999 1777 var/lib/postgresql var/lib/postgresql/data run/postgresql
finish postgres

busybox_root mariadb
add_programs mariadb /usr/sbin/mariadbd /usr/bin/my_print_defaults /usr/bin/mariadb /usr/bin/mariadb-admin \
  /usr/bin/setpriv
add_file mariadb /usr/bin/mariadb-install-db
for part in english charsets; do add_folder mariadb /usr/share/mariadb/$part; done
for script in "$DEBIAN"/usr/share/mariadb/*.sql; do add_file mariadb "${script#"$DEBIAN"}"; done
add_scripts mariadb usr/local/bin mariadb-entrypoint
install -m 755 "$FILES/mariadb-healthcheck.sh" "$WORK/mariadb/usr/local/bin/healthcheck.sh"
account mariadb mysql 999 999 /var/lib/mysql
mkdir "$WORK/mariadb/etc/mysql"
# Connections come from other containers, whose addresses have no names.
printf '[mariadb]\nhost-cache-size=0\nskip-name-resolve\n' >"$WORK/mariadb/etc/mysql/my.cnf"
owned_folder mariadb 999:999 755 var/lib/mysql
owned_folder mariadb 999:999 1777 run/mysqld
finish mariadb

busybox_root prometheus
add_programs prometheus /usr/bin/prometheus
ln -s ../usr/bin/prometheus "$WORK/prometheus/bin/prometheus"
mkdir "$WORK/prometheus/etc/prometheus"
owned_folder prometheus 65534:65534 755 prometheus
finish prometheus

busybox_root node-exporter
add_programs node-exporter /usr/bin/prometheus-node-exporter
ln -s ../usr/bin/prometheus-node-exporter "$WORK/node-exporter/bin/node_exporter"
finish node-exporter

rm -rf "$WORK"
