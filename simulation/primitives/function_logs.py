"""The functions' logs in one region, with the lines that Lambda writes around each invocation, version by version."""

import json
import random
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.functions import CRASHED, RAISED, THROTTLED, TIMED_OUT, EndedInvocation
from simulation.primitives.service import Answer, Request, Service

_LATE_SECONDS = (1.0, 5.0)
"""How late events show."""

_MEMORY = "Memory Size: 512 MB\tMax Memory Used: 90 MB"

_ENDINGS: dict[str, tuple[list[str], str]] = {
    RAISED: (["[ERROR] an exception"], "\tStatus: error\tError Type: Exception"),
    CRASHED: ([], "\tStatus: error\tError Type: Runtime.ExitError"),
    TIMED_OUT: (["Task timed out after 20.00 seconds"], "\tStatus: timeout"),
}

LogEvent = tuple[float, str, str]
"""When (milliseconds by the true clock), the stream, the message."""


class LambdaLogs(Service):
    """CloudWatch Logs, as far as functions write and releases read."""

    name = "logs"
    seconds = (0.03, 0.15)

    def __init__(
        self, kernel: Kernel, place: str, functions: Mapping[str, str], epoch: float, random_: random.Random
    ) -> None:
        super().__init__(place, random_)
        self._functions = functions
        """The functions by the names that they have in the region."""
        self._kernel = kernel
        self._epoch = epoch
        self._late = random_.uniform(*_LATE_SECONDS)
        self._events: dict[tuple[str, str], list[LogEvent]] = {}
        """By function and version, in the order of time."""
        self._metrics: dict[tuple[str, int], str] = {}
        self._streams: dict[Process, tuple[list[LogEvent], str]] = {}
        self.ended: Callable[[Process, EndedInvocation], object] = lambda *_: None
        """Told of the end of each invocation."""

    def begins(self, function: str, process: Process, request: str) -> None:
        """Write what Lambda writes before an invocation."""
        if process not in self._streams:
            events = self._events.setdefault((function, process.version), [])
            day = datetime.fromtimestamp(self._epoch + self._kernel.now, UTC)
            self._streams[process] = events, f"{day:%Y/%m/%d}/[{process.version}]{process.name.partition('/')[2]}"
        self._write(process, f"START RequestId: {request} Version: {process.version}")

    def ends(self, process: Process, request: str, ended: EndedInvocation) -> None:
        """Write what Lambda writes after an invocation."""
        if ended.why == THROTTLED:
            return
        lines, status = _ENDINGS[ended.why] if ended.why is not None else ([], "")
        for line in lines:
            self._write(process, line)
        init = "\tInit Duration: 300.00 ms" if ended.is_first else ""
        milliseconds = ended.seconds * 1000
        self._write(process, f"REPORT RequestId: {request}\tDuration: {milliseconds:.2f} ms\t{_MEMORY}{init}{status}")
        self.ended(process, ended)

    def metric(self, process: Process, name: str, number: int) -> None:
        """Write a metric in the embedded format."""
        if process in self._streams:
            if (name, number) not in self._metrics:
                document = {"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": name}]}]}, name: number}
                self._metrics[name, number] = json.dumps(document)
            self._write(process, self._metrics[name, number])

    def line(self, process: Process, level: str, message: str, transaction_id: str) -> None:
        """Write a line of the function's own."""
        self._write(process, json.dumps({"level": level, "message": message, "transaction_id": transaction_id}))

    def do_filter_log_events(self, request: Request) -> Answer:
        """Return the events of a version's streams from a moment on."""
        day, _, version = request["logStreamNamePrefix"].partition("/[")
        function = self._functions[request["logGroupName"].removeprefix("/aws/lambda/")]
        events = self._events.get((function, version.removesuffix("]")), [])
        shown_until = (self._epoch + self._kernel.now - self._late) * 1000
        first = bisect_left(events, (float(request["startTime"]), "", ""))
        last = bisect_left(events, (shown_until, "", ""))
        return {
            "events": [
                {"eventId": str(number), "timestamp": int(at), "logStreamName": stream, "message": message}
                for number, (at, stream, message) in enumerate(events[first:last], start=first)
                if stream.startswith(day)
            ]
        }

    def _write(self, process: Process, message: str) -> None:
        known = self._streams.get(process)
        if known is not None:
            events, stream = known
            events.append(((self._epoch + self._kernel.now) * 1000, stream, message))
