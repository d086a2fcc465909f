#!/bin/sh
# Copies one table into the cluster of the bundle.
set -eu
umask 077
bundle=${SCB_BUNDLE:-$PWD/{{bundleFile}}}
settings=$(mktemp)
trap 'rm -f "$settings"' EXIT INT TERM
# In a file of our own, for the arguments of a process are public.
cat "$(dirname "$0")/cdm.properties" - >"$settings" <<END
spark.cdm.connect.origin.username ${ORIGIN_USERNAME:?}
spark.cdm.connect.origin.password ${ORIGIN_PASSWORD:?}
spark.cdm.connect.target.scb file://$bundle
{{#password}}
spark.cdm.connect.target.username ${SCB_USERNAME:?}
spark.cdm.connect.target.password ${SCB_PASSWORD:?}
{{/password}}
{{^password}}
# Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
spark.cdm.connect.target.username unused
spark.cdm.connect.target.password unused
{{/password}}
spark.cdm.schema.origin.keyspaceTable ${1:?usage: migrate.sh KEYSPACE.TABLE}
END
spark-submit --properties-file "$settings" --master "local[*]" \
  --class com.datastax.cdm.job.Migrate "${CDM_JAR:?}"
