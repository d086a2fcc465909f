import os

{{#password}}
from cassandra.auth import PlainTextAuthProvider
{{/password}}
from cassandra.cluster import Cluster

{{#password}}
login = PlainTextAuthProvider(os.environ["SCB_USERNAME"], os.environ["SCB_PASSWORD"])
{{/password}}
cluster = Cluster(
    cloud={"secure_connect_bundle": os.environ.get("SCB_BUNDLE", "{{bundleFile}}")},
{{#password}}
    auth_provider=login,
{{/password}}
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
