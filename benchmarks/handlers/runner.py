"""Runs a Python handler as Lambda's runtime does: one process, one event a line, each answered before the next.

Standard library only: what is measured is the handler. Standard output belongs to the handler, as on Lambda; answers
go to the file descriptor that the second argument names. `python runner.py <module> <descriptor> <path>...`
"""

import importlib
import json
import os
import resource
import sys
import time


class BenchmarkContext:
    """What the functions use of Lambda's context object."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Tell that there is time enough."""
        return 20_000


def main() -> None:
    """Answer events until there are no more, each with its duration and CPU time in seconds."""
    name, descriptor, *paths = sys.argv[1:]
    sys.path[:] = [*paths, *sys.path[1:]]
    answers = os.fdopen(int(descriptor), "w", buffering=1)
    handler = importlib.import_module(name).handler
    for line in sys.stdin:
        event, context = json.loads(line), BenchmarkContext()
        began, cpu = time.perf_counter(), time.process_time()
        answer = handler(event, context)
        measured = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
        usage = resource.getrusage(resource.RUSAGE_SELF)
        total = {"total_cpu": usage.ru_utime + usage.ru_stime, "at": time.monotonic()}
        answers.write(json.dumps({**measured, **total, "answer": answer}) + "\n")


main()
