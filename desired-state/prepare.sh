#!/bin/sh
# Makes what this homelab needs and git must not have, as the user who runs podman: secrets, the log-in's first user, and
# folders with something in them. What is there stays as it is, so it may run again.
set -eu

for name in authelia-jwt authelia-session authelia-storage-key documents-db-password documents-key \
    photos-db-password wiki-db-password; do
  podman secret exists "$name" || openssl rand -hex 32 | tr -d '\n' | podman secret create "$name" -
done

# The DNS provider gives this one.
podman secret exists ddns-token || printf %s "${DDNS_TOKEN:?the DNS provider has given you one}" | podman secret create ddns-token -

users=~/containers/config/authelia/users_database.yml
if [ ! -e "$users" ]; then
  password=$(openssl rand -hex 8)
  mkdir -p -m 700 "$(dirname "$users")"
  cat >"$users" <<END
users:
  admin:
    displayname: Administrator
    email: admin@example.org
    groups: [admins]
    password: "$(printf %s "$password" | openssl passwd -6 -stdin)"
END
  chmod 600 "$users"
  echo "The log-in's first user is admin, the password $password"
fi

mkdir -p ~/media ~/sites/blog
[ -e ~/sites/blog/index.html ] || echo '<!doctype html><title>Blog</title><h1>Soon</h1>' >~/sites/blog/index.html
