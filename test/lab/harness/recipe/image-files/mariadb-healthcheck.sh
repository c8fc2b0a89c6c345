#!/bin/sh
# The checks of the official image's healthcheck.sh that patterns ask for: whether the server listens on its network, and
# whether InnoDB is up. It logs in as a user that the entry point made, so nothing is logged as refused.
ask() {
  login=
  if [ -f /var/lib/mysql/.my-healthcheck.cnf ]; then login=--defaults-extra-file=/var/lib/mysql/.my-healthcheck.cnf; fi
  # shellcheck disable=SC2086
  mariadb $login --protocol=socket --batch --skip-column-names -e "$1"
}
[ $# -gt 0 ] || { echo 'at least one check must be named' >&2 && exit 1; }
for check; do
  case $check in
    --connect) [ "$(ask 'SELECT @@skip_networking')" = 0 ] ;;
    --innodb_initialized)
      support=$(ask "SELECT support FROM information_schema.engines WHERE engine = 'InnoDB'")
      [ "$support" = DEFAULT ] || [ "$support" = YES ]
      ;;
    *) echo "unknown check $check" >&2 && exit 1 ;;
  esac || { echo "healthcheck ${check#--} failed" >&2 && exit 1; }
done
