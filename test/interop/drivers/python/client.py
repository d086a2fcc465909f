"""Connects with the unmodified Python cassandra-driver. Arguments: bundle, its host, address to resolve that to, [user, password]."""

import json
import socket
import sys

bundle, host, address, *credentials = sys.argv[1:]

# Name resolution as if DNS had an A record for the host; the driver itself stays as it is.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda name, *rest, **more: resolve(address if name == host else name, *rest, **more)

import cassandra
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

cluster = Cluster(
    cloud={"secure_connect_bundle": bundle, "use_default_tempdir": True},
    auth_provider=PlainTextAuthProvider(*credentials) if credentials else None,
)
session = cluster.connect()
host_ids = set()
for _ in range(50):
    host_ids.add(str(session.execute("SELECT host_id FROM system.local").one().host_id))
    if len(host_ids) == 2:
        break
session.execute("CREATE KEYSPACE IF NOT EXISTS shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
session.execute("CREATE TABLE IF NOT EXISTS shop.greetings (id text PRIMARY KEY, words text)")
session.execute(session.prepare("INSERT INTO shop.greetings (id, words) VALUES (?, ?)"), ["python", "hello from Python"])
words = session.execute("SELECT words FROM shop.greetings WHERE id = %s", ["python"]).one().words
cluster.shutdown()
print(json.dumps({"driver": f"python {cassandra.__version__}", "hostIds": sorted(host_ids), "words": words}))
