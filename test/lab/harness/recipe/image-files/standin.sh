#!/bin/sh
# Stands in for an HTTP service: standin PORT [BODY]. Any path is answered with 200 and BODY (default: what whoami
# says). UNHEALTHY=1 in the environment, or a file /tmp/unhealthy, turns that into 503.
answer() {
  read -r method path _
  while read -r header && [ "${header%$'\r'}" ]; do :; done
  status='200 OK'
  body=${STANDIN_BODY:-"Hostname: $(hostname)
$method $path"}
  if [ "${UNHEALTHY:-}" ] || [ -e /tmp/unhealthy ]; then status='503 Service Unavailable' body=Unhealthy; fi
  printf 'HTTP/1.1 %s\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s\n' \
    "$status" "$((${#body} + 1))" "$body"
}
if [ "$1" = --answer ]; then
  answer
  exit
fi
port=${STANDIN_PORT:-$1}
export STANDIN_BODY="${2:-}"
trap 'kill $! 2>/dev/null; exit 0' TERM INT
echo "listening on port $port"
nc -ll -p "$port" -e "$0" --answer &
wait $!
