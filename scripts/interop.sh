#!/usr/bin/env bash
# Real drivers and a real Cassandra: installs what is missing, then runs the tests of test/interop/live on a network of
# their own. Arguments go to vitest: a file, `-t` and a name.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! scripts/setup-interop.sh; then
  if [ "${CI:-}" = true ]; then exit 1; fi
  printf 'interop: the parts that need what is not installed do not run\n' >&2
fi
exec scripts/in-namespace.sh node_modules/.bin/vitest run --project interop "$@"
