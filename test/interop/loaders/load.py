"""Loads each bundle named on standard input as cassandra/datastax/cloud/__init__.py does, up to the first connection."""

import json
import ssl
import sys
import tempfile
import zipfile
from pathlib import Path


def load(path):
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        with open(Path(folder, "config.json")) as file:
            config = json.load(file)
        int(config["port"])
        if not config["host"]:
            raise ValueError("no host")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(Path(folder, "ca.crt"))
        context.load_cert_chain(Path(folder, "cert"), Path(folder, "key"), password=lambda: b"")


for line in sys.stdin:
    try:
        load(line.strip())
        print("ok")
    except Exception as error:
        print(f"{type(error).__name__}: {error}".replace("\n", " "))
