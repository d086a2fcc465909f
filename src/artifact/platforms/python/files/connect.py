import os

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

{{#password}}
login = PlainTextAuthProvider(os.environ["SCB_USERNAME"], os.environ["SCB_PASSWORD"])
{{/password}}
{{^password}}
# Cassandra 5.0 knows us by the certificate, asks for a password all the same, and takes any.
login = PlainTextAuthProvider("unused", "unused")
{{/password}}
cluster = Cluster(
    cloud={"secure_connect_bundle": os.environ.get("SCB_BUNDLE", "{{bundleFile}}")},
    auth_provider=login,
)
try:
{{#keyspace}}
    session = cluster.connect("{{keyspace}}")
{{/keyspace}}
{{^keyspace}}
    session = cluster.connect()
{{/keyspace}}
    row = session.execute("SELECT cluster_name, release_version FROM system.local").one()
    print(f"{row.cluster_name} runs Cassandra {row.release_version}")
finally:
    cluster.shutdown()
