"""
Connects with the C++ driver that the acsylla wheel has compiled in, which is ScyllaDB's branch of the DataStax driver.
The driver writes why a bundle or a connection fails into its log only: that is added to the error.
"""

import asyncio
import importlib.metadata
import os
import threading

import acsylla
from speak import speak

VERSION = f"2.16.2+acsylla.{importlib.metadata.version('acsylla')}"
sessions = {}
loop = asyncio.new_event_loop()


class DriverError(Exception):
    pass


async def connected(request):
    log = []
    seconds = request["timeoutMillis"] / 1000
    credentials = {key: request[key] for key in ("username", "password") if key in request}
    try:
        cluster = acsylla.create_cluster(
            contact_points=None,
            cloud_secure_connection_bundle=request["bundle"],
            connect_timeout=seconds,
            request_timeout=seconds,
            load_balance_round_robin=True,
            log_level="warn",
            logging_callback=log.append,
            **credentials,
        )
        return await cluster.create_session()
    except Exception as error:
        await asyncio.sleep(0.05)  # the log comes from another thread
        said = " <- ".join([str(error), *(entry.message for entry in log if "SHARD" not in entry.message)])
        raise DriverError(f"{type(error).__name__}: {said}") from None


async def rows(session, cql):
    return [row.as_dict() for row in await session.query(cql)]


async def host_ids(session, _request):
    """Statements go round robin; no node is left out by ten rounds."""
    nodes = 1 + len(await rows(session, "SELECT host_id FROM system.peers"))
    ids = set()
    for _ in range(10 * nodes):
        ids.update(row["host_id"] for row in await rows(session, "SELECT host_id FROM system.local"))
        if len(ids) == nodes:
            break
    return {"hostIds": sorted(map(str, ids))}


async def work(session, request):
    keyspace, me = request["keyspace"], f"cpp {VERSION}"
    await session.query(
        f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    await session.query(f"CREATE TABLE IF NOT EXISTS {keyspace}.greetings (id text PRIMARY KEY, words text)")
    insert = await session.create_prepared(f"INSERT INTO {keyspace}.greetings (id, words) VALUES (?, ?)")
    await session.execute(insert.bind([me, f"hello from {me}"]))
    read = await session.query(f"SELECT words FROM {keyspace}.greetings WHERE id = ?", [me])
    return {**await host_ids(session, request), "words": [row.as_dict() for row in read][0]["words"]}


async def using(request, use):
    session = await connected(request)
    try:
        return await use(session, request)
    finally:
        await session.close()


async def open_session(request):
    name = f"s{len(sessions) + 1}"
    sessions[name] = await connected(request)
    return {"session": name}


async def close(request):
    await sessions[request["session"]].close()
    return {}


TASKS = {
    "connect": lambda request: using(request, host_ids),
    "session": lambda request: using(request, work),
    "open": open_session,
    "query": lambda request: work(sessions[request["session"]], request),
    "close": close,
}


def run(task):
    def within(request):
        return asyncio.wait_for(task(request), request["timeoutMillis"] / 1000)

    return lambda request: asyncio.run_coroutine_threadsafe(within(request), loop).result()


threading.Thread(target=loop.run_forever, daemon=True).start()
speak(VERSION, {name: run(task) for name, task in TASKS.items()})
os._exit(0)
