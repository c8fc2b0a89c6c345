#!/bin/sh
# What images have besides their server: programs that health checks call, and entry points, by the name it is called by.
answers() { busybox wget -q -T 5 -O /dev/null "http://127.0.0.1:$1"; }
listens() { busybox nc -w 2 127.0.0.1 "$1" </dev/null; }
case ${0##*/} in
  mysqladmin) listens 3306 ;;
  immich-healthcheck) answers 2283/api/server/ping ;;
  healthcheck.sh) answers 9091/api/health ;;
  python3) [ "$1" = healthcheck.py ] && answers 3003/ping ;;
  node) [ "$1" = /healthcheck.js ] && answers 1880/ ;;
  # Of Authentik: `ak worker` works, `ak healthcheck` looks whether it does.
  ak) if [ "$1" = healthcheck ]; then ps | grep -q '[h]old worker'; else exec hold "$@"; fi ;;
  # Answers on the sockets that systemd hands over, as Traefik does, and always on its own port.
  traefik)
    [ "$1" = healthcheck ] && answers 8080/ping && exit
    standin 8080 &
    if [ "${LISTEN_FDS:-0}" -gt 0 ]; then
      # It takes the sockets only if they are meant for its own process id.
      sh -c 'LISTEN_PID=$$ exec /usr/lib/systemd/systemd-socket-proxyd 127.0.0.1:8080' &
    else
      for port in 80 443; do standin $port & done
    fi
    trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT
    wait
    ;;
esac
