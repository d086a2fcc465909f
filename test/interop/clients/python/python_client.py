"""Connects with the unmodified Python cassandra-driver of this interpreter."""

import contextlib
import os

import cassandra
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
from speak import speak

sessions = {}


def connected(request):
    """
    Where a node closes the connection at STARTUP, the driver with libev (in the wheel of 3.30.1) waits out its
    connect_timeout: once if the control connection, which begins at a random node, tries it first, and once more for the
    pool. Both fit into the time of a task.
    """
    seconds = request["timeoutMillis"] / 1000
    credentials = [request[key] for key in ("username", "password") if key in request]
    cluster = Cluster(
        cloud={"secure_connect_bundle": request["bundle"], "use_default_tempdir": True, "connect_timeout": seconds / 2},
        auth_provider=PlainTextAuthProvider(*credentials) if credentials else None,
        connect_timeout=seconds / 4,
        control_connection_timeout=seconds / 4,
    )
    try:
        return cluster, cluster.connect(wait_for_all_pools=True)
    except BaseException:
        cluster.shutdown()
        raise


def using(use):
    def task(request):
        cluster, session = connected(request)
        try:
            return use(session, request)
        finally:
            cluster.shutdown()

    return task


def host_ids(session, _request):
    """Asks every node that the driver knows for its own name."""
    ids = set()
    for host in session.cluster.metadata.all_hosts():
        with contextlib.suppress(Exception):
            ids.add(str(session.execute("SELECT host_id FROM system.local", host=host).one().host_id))
    return {"hostIds": sorted(ids)}


def work(session, request):
    keyspace, me = request["keyspace"], f"python {cassandra.__version__}"
    session.execute(
        f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    session.execute(f"CREATE TABLE IF NOT EXISTS {keyspace}.greetings (id text PRIMARY KEY, words text)")
    insert = session.prepare(f"INSERT INTO {keyspace}.greetings (id, words) VALUES (?, ?)")
    session.execute(insert, [me, f"hello from {me}"])
    row = session.execute(f"SELECT words FROM {keyspace}.greetings WHERE id = %s", [me]).one()
    return {**host_ids(session, request), "words": row.words}


def open_session(request):
    name = f"s{len(sessions) + 1}"
    sessions[name] = connected(request)
    return {"session": name}


def query(request):
    return work(sessions[request["session"]][1], request)


def close(request):
    sessions[request["session"]][0].shutdown()
    return {}


speak(
    cassandra.__version__,
    {"connect": using(host_ids), "session": using(work), "open": open_session, "query": query, "close": close},
)
os._exit(0)  # not waiting for what a driver still tries in a thread
