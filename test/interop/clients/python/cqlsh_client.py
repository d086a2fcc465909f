"""
Connects with the unmodified cqlsh of this environment, by the `cqlshrc` of the bundle: as its user would, in a folder
that holds what the ZIP holds. A cqlsh for each request, so there are no sessions to keep.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import zipfile

from speak import speak

CQLSH = os.path.join(os.path.dirname(sys.executable), "cqlsh")
VERSION = importlib.metadata.version("cqlsh")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CqlshError(Exception):
    pass


def run(request, cql):
    """What it prints."""
    credentials = ["-u", request["username"], "-p", request["password"]] if "username" in request else []
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(request["bundle"]) as bundle:
            bundle.extractall(folder)
        seconds = max(1, request["timeoutMillis"] // 1000)
        timeouts = [f"--connect-timeout={seconds}", f"--request-timeout={seconds}"]
        done = subprocess.run(
            [CQLSH, "--cqlshrc", "cqlshrc", "--no-color", *timeouts, *credentials, "-e", cql],
            cwd=folder,
            env={**os.environ, "HOME": folder, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=request["timeoutMillis"] / 1000,
        )
    if done.returncode != 0:
        raise CqlshError((done.stderr or done.stdout).strip().splitlines()[-1])
    return done.stdout


WHO = "SELECT host_id FROM system.local;"


def connect(request):
    return {"hostIds": UUID.findall(run(request, WHO))}


def session(request):
    """No prepared statement: cqlsh has none but inside COPY."""
    keyspace, words = request["keyspace"], f"hello from cqlsh {VERSION}"
    table = f"{keyspace}.greetings"
    said = run(
        request,
        f"""CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}};
            CREATE TABLE IF NOT EXISTS {table} (id text PRIMARY KEY, words text);
            INSERT INTO {table} (id, words) VALUES ('cqlsh', '{words}');
            SELECT words FROM {table} WHERE id = 'cqlsh';
            {WHO}""",
    )
    return {"hostIds": UUID.findall(said), "words": words if words in said else said}


speak(VERSION, {"connect": connect, "session": session})
