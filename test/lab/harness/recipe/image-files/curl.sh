#!/bin/sh
# Enough of curl for health checks: -f -s -S -L -k -o FILE -m SECONDS URL.
out=-
seconds=10
url=
while [ $# -gt 0 ]; do
  case $1 in
    -o | --output) out=$2 && shift ;;
    -m | --max-time | --connect-timeout) seconds=$2 && shift ;;
    -o*) out=${1#-o} ;;
    -H | -X | -A | --header | --request) shift ;;
    -*) ;;
    *) url=$1 ;;
  esac
  shift
done
case $url in
  '') echo 'curl: no URL' >&2 && exit 2 ;;
  *://*) ;;
  *) url=http://$url ;;
esac
# curl -f says 22 for an answer of 400 or above; wget does not tell it from a refused connection.
exec 3>&1
message=$(wget -q -T "$seconds" -O "$out" "$url" 2>&1 >&3) && exit 0
echo "curl: $message" >&2
case $message in *'server returned error'*) exit 22 ;; esac
exit 7
