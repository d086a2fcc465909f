#!/usr/bin/env bash
# Real drivers and a real Cassandra: installs what is missing, then runs the tests of test/interop/live on a network of
# their own, and prints the matrix. `--record` writes anew what docs and bundles say was measured; without it a run is
# compared with that. Other arguments go to vitest: a file, `-t` and a name.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! scripts/setup-interop.sh; then
  if [ "${CI:-}" = true ]; then exit 1; fi
  printf 'interop: the parts that need what is not installed do not run\n' >&2
fi
if [ "${1:-}" = --record ]; then
  export SCB_INTEROP_RECORD=true
  shift
fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export SCB_INTEROP_MATRIX="$results/matrix.json"
status=0
scripts/in-namespace.sh node_modules/.bin/vitest run --project interop "$@" || status=$?
node_modules/.bin/tsx scripts/print-matrix.ts "$SCB_INTEROP_MATRIX"
exit "$status"
