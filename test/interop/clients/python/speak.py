"""One JSON object a line: a request from stdin, its answer to stdout. Used by the clients that are written in Python."""

import concurrent.futures
import json
import sys
import traceback


def describe(error):
    """`Class: message`, and its causes after ` <- `; drivers keep those of single nodes in `errors`."""
    parts, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        parts.append(f"{type(error).__name__}: {error}")
        nodes = getattr(error, "errors", None)
        if isinstance(nodes, dict):
            parts += [describe(each) if isinstance(each, Exception) else str(each) for each in nodes.values()]
        error = error.__cause__ or error.__context__
    return " <- ".join(parts)


def speak(version, tasks):
    """`tasks`: for each name a function of the request that returns what to answer. Each may take `timeoutMillis`."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever drivers print
    threads = concurrent.futures.ThreadPoolExecutor(max_workers=64)
    for line in sys.stdin:
        request = json.loads(line)
        millis = request["timeoutMillis"]
        try:
            result = threads.submit(tasks[request["task"]], request).result(millis / 1000)
            answer = {"ok": True, "version": version, **result}
        except concurrent.futures.TimeoutError as error:
            answer = {"ok": False, "error": describe(error) if str(error) else f"TimeoutError: nothing within {millis} ms"}
        except BaseException as error:  # pyo3 and OpenSSL bindings raise more than Exception
            traceback.print_exc()
            answer = {"ok": False, "error": describe(error)}
        print(json.dumps({"id": request["id"], **answer}), file=answers, flush=True)
