#!/bin/sh
# Copies a podman store: copy-store.sh FROM TO (which does not exist yet). The files of image layers become hard links
# to the originals, for podman never writes to them and copying them is most of the work; all else is copied.
set -eu
FROM=$1 TO=$2
mkdir "$TO"
cd "$FROM"
find . -path './storage/overlay/*/diff' -prune -o -print0 |
  tar --null --no-recursion --files-from=- --xattrs --xattrs-include='*' --numeric-owner -c |
  tar -C "$TO" --xattrs --xattrs-include='*' --numeric-owner -p -x
for layer in storage/overlay/*/diff; do
  if [ -d "$layer" ]; then cp -al "$layer" "$TO/$layer"; fi
done
