#!/bin/sh
# Starts MariaDB the way the official image does: as mysql, who gets the folder; the first start makes users and database
# with a server that listens on no network. Variables: MARIADB_ DATABASE, USER, PASSWORD, ROOT_PASSWORD, each also
# with _FILE.
set -eu
DATA=/var/lib/mysql
SOCKET=/run/mysqld/mysqld.sock

# file_env NAME: sets NAME to itself, to the content of the file that NAME_FILE names, or to nothing.
file_env() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ "$value" ] && [ "$file" ]; then
    echo "both $1 and $1_FILE are set" >&2
    exit 1
  fi
  if [ "$file" ]; then value=$(cat "$file"); fi
  export "$1=$value"
  unset "$1_FILE"
}

# literal TEXT: the text as SQL writes it, without the quotes around it.
literal() { printf %s "$1" | sed "s/[\\\\']/\\\\&/g"; }

statements() {
  root=$(literal "$MARIADB_ROOT_PASSWORD")
  health=$(tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32)
  echo "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';"
  echo "SET PASSWORD FOR root@localhost = PASSWORD('$root');"
  echo "CREATE USER root@'%' IDENTIFIED BY '$root'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
  for host in 127.0.0.1 ::1 localhost; do
    echo "CREATE USER healthcheck@'$host' IDENTIFIED BY '$health'; GRANT USAGE ON *.* TO healthcheck@'$host';"
  done
  (umask 077 && printf '[mariadb-client]\nuser=healthcheck\npassword=%s\n' "$health" >"$DATA/.my-healthcheck.cnf")
  if [ "$MARIADB_DATABASE" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"; fi
  if [ "$MARIADB_USER" ] && [ "$MARIADB_PASSWORD" ]; then
    echo "CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$(literal "$MARIADB_PASSWORD")';"
    if [ "$MARIADB_DATABASE" ]; then echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';"; fi
  fi
}

make_database() {
  if [ -z "$MARIADB_ROOT_PASSWORD" ]; then
    echo 'the database has no files yet and no password of root is given: set MARIADB_ROOT_PASSWORD' >&2
    exit 1
  fi
  shift
  mariadb-install-db --datadir=$DATA --rpm --auth-root-authentication-method=normal --skip-test-db "$@"
  mariadbd "$@" --skip-networking --socket=$SOCKET &
  until mariadb --protocol=socket -u root mysql -e 'SELECT 1' >/dev/null 2>&1; do
    kill -0 $! && sleep 0.2
  done
  statements | mariadb --protocol=socket -u root mysql
  kill $!
  wait $!
  echo 'MariaDB init process done. Ready for start up.'
}

case ${1:-} in
  -*) set -- mariadbd "$@" ;;
esac
case ${1:-} in
  mariadbd | mysqld)
    if [ "$(id -u)" = 0 ]; then
      mkdir -p $DATA
      find $DATA /run/mysqld ! -user mysql -exec chown mysql: {} +
      exec /usr/bin/setpriv --reuid mysql --regid mysql --init-groups "$0" "$@"
    fi
    for name in MARIADB_DATABASE MARIADB_USER MARIADB_PASSWORD MARIADB_ROOT_PASSWORD; do file_env $name; done
    [ -d $DATA/mysql ] || make_database "$@"
    ;;
esac
exec "$@"
