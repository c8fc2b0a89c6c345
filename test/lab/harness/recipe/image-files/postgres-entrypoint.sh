#!/bin/sh
# Starts PostgreSQL the way the official image does: as RUN_AS, who gets the folder; the first start makes the database and
# its owner with a server that listens on no network. Variables: PGDATA, and POSTGRES_ USER, DB, PASSWORD (each also
# with _FILE), INITDB_ARGS, HOST_AUTH_METHOD.
set -eu

# file_env NAME DEFAULT: sets NAME to itself, to the content of the file that NAME_FILE names, or to the default.
file_env() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ "$value" ] && [ "$file" ]; then
    echo "both $1 and $1_FILE are set" >&2
    exit 1
  fi
  if [ "$file" ]; then value=$(cat "$file"); fi
  export "$1=${value:-$2}"
  unset "$1_FILE"
}

make_database() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo 'the database has no files yet and no superuser password is given: set POSTGRES_PASSWORD' >&2
    exit 1
  fi
  # shellcheck disable=SC2086
  printf '%s\n' "$POSTGRES_PASSWORD" |
    initdb --username="$POSTGRES_USER" --pwfile=/dev/stdin ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  shift
  pg_ctl -o "$* -c listen_addresses=''" -w start
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "CREATE DATABASE :\"db\";" |
      psql -v ON_ERROR_STOP=1 --no-password --username "$POSTGRES_USER" --dbname postgres --set db="$POSTGRES_DB"
  fi
  pg_ctl -m fast -w stop
  echo 'PostgreSQL init process complete; ready for start up.'
}

case ${1:-} in
  -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ]; then
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    find "$PGDATA" /run/postgresql ! -user "$RUN_AS" -exec chown "$RUN_AS" {} +
    chmod 700 "$PGDATA"
    chmod 3775 /run/postgresql
    exec /usr/bin/setpriv --reuid "$RUN_AS" --regid "$RUN_AS" --init-groups "$0" "$@"
  fi
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    file_env POSTGRES_PASSWORD ''
    file_env POSTGRES_USER postgres
    file_env POSTGRES_DB "$POSTGRES_USER"
    make_database "$@"
  fi
fi
exec "$@"
