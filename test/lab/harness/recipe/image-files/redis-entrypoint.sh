#!/bin/sh
# Runs the server as the user of the official image, who gets the files of its folder; anything else as it is.
case ${1:-} in
  -*) set -- redis-server "$@" ;;
esac
case ${1:-} in
  redis-server | valkey-server)
    if [ "$(id -u)" = 0 ]; then
      find . ! -user redis -exec chown redis {} +
      exec /usr/bin/setpriv --reuid redis --regid redis --clear-groups "$0" "$@"
    fi
    ;;
esac
exec "$@"
