#!/bin/sh
# cqlsh with the certificate of the bundle; arguments are passed on to cqlsh.
set -eu
umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
unzip -q "${SCB_BUNDLE:-{{bundleFile}}}" ca.crt cert key cqlshrc -d "$folder"
cd "$folder"
{{#password}}
# cqlsh asks for the password.
set -- -u "$SCB_USERNAME" "$@"
{{/password}}
{{^password}}
# Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
set -- -u unused -p unused "$@"
{{/password}}
{{#keyspace}}
set -- -k {{keyspace}} "$@"
{{/keyspace}}
cqlsh --cqlshrc cqlshrc "$@"
