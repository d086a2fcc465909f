#!/bin/sh
# in-namespace.sh COMMAND…: runs it on a network of its own: loopback alone, its own hosts file, and a name server that
# knows *.example.com and *.lab.test as 127.0.0.1 (*.six.lab.test: ::1 alone; *.two.lab.test: an address more, where
# nobody listens) and nothing else, but for GitHub's names, which lead there, too; hosts-file.test is in the hosts file
# only. No file of the system is changed, nothing stays.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

fail() {
  printf 'in-namespace: %s\n' "$*" >&2
  exit 1
}

if [ "${1:-}" != "--inside" ]; then
  [ $# -gt 0 ] || fail "no command given"
  command -v unshare >/dev/null || fail "unshare (package util-linux) is not installed"
  if ! command -v ip >/dev/null; then
    { [ "$(id -u)" -eq 0 ] && apt-get -qq update && apt-get -qq -y install --no-install-recommends iproute2; } >/dev/null 2>&1 ||
      fail "ip (package iproute2) is not installed"
  fi
  user=""
  [ "$(id -u)" -eq 0 ] || user="--map-root-user"
  # shellcheck disable=SC2086 # none or one
  reason=$(unshare $user --mount --net true 2>&1) || fail "this machine refuses a private mount and network namespace: $reason"
  # shellcheck disable=SC2086
  exec unshare $user --mount --net "$0" --inside "$@"
fi
shift

ip link set lo up
own=$(mktemp -d)
trap 'rm -rf "$own"' EXIT
printf '127.0.0.1 localhost %s\n127.0.0.1 hosts-file.test\n' "$(uname -n)" >"$own/hosts"
printf 'nameserver 127.0.0.53\noptions timeout:1 attempts:2\n' >"$own/resolv.conf"
printf 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\n' >"$own/nsswitch.conf"
for file in hosts resolv.conf nsswitch.conf; do
  [ ! -e "/etc/$file" ] || mount --bind "$own/$file" "/etc/$file"
done
# The mounts hold the files.
rm -rf "$own"
trap - EXIT
# Behind no proxy: there is nothing outside.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
exec node --import "$root/node_modules/tsx/dist/loader.mjs" "$root/scripts/in-namespace.ts" "$@"
