"""Reads a version's log: Lambda's own lines, the function's lines in JSON, and its metrics (EMF).

Lambda writes START, END and REPORT for each invocation in Text format, and an environment serves one at a time: what
stands between START and REPORT in a stream belongs to that request.
"""

import json
import re
from collections import Counter
from typing import Any

from contract.environment import Function
from operations.release.figures import PAYMENT_METRICS, VersionFigures

_START = re.compile(r"START RequestId: (?P<id>\S+)")
_REPORT = re.compile(r"REPORT RequestId: (?P<id>\S+)")
_DURATION = re.compile(r"\tDuration: (?P<value>[\d.]+) ms")
_MEMORY_SIZE = re.compile(r"Memory Size: (?P<value>\d+) MB")
_MEMORY_USED = re.compile(r"Max Memory Used: (?P<value>\d+) MB")
_STATUS = re.compile(r"Status: (?P<value>\w+)")
_INIT = re.compile(r"\tInit Duration: (?P<value>[\d.]+) ms")
_KILLED = re.compile(r"Error Type: Runtime\.(ExitError|OutOfMemory)|signal: killed|Runtime\.ExitError")
_TIMED_OUT = "Task timed out after"
_RAISED = "[ERROR]"
"""What the Python runtime begins an exception with that a function raised, also while it is being imported."""

_ERROR_LEVELS = {"ERROR", "CRITICAL"}
_BEGUN = "payment begins"
_IN_DOUBT = "payment in doubt"
_STORED = {"payment stored", "queued payment stored"}
_OUTCOMES = ("payment ", "queued payment ")
"""What the lines begin with that tell what became of a payment (`handlers.payments`), but for the first two above."""
_READ = "payment not read"
_OF_HEALTH = "unhealthy"
"""What errors begin with that `/health` logs: a slow table's or control table's, and no payer's request."""

COUNTS_LOGGED_ERRORS = frozenset({Function.PAYMENT_API, Function.RETRY_WORKER, Function.TRANSACTION_LOG})
"""The functions whose logged errors are requests that failed; a ticker's tell of the regions that it watches."""


class GatheredLog:
    """Gathers the figures of one version of one function from its log events, in the order in which they come."""

    def __init__(self, function: Function) -> None:
        self._counts_errors = function in COUNTS_LOGGED_ERRORS
        self._seen: dict[str, int] = {}
        self._current: dict[str, str] = {}
        self._reported: dict[str, int] = {}
        self._failing: set[str] = set()
        self._timed_out: set[str] = set()
        self._killed: set[str] = set()
        self._paying: set[str] = set()
        """Requests that are payments, until their REPORT line."""
        self._durations: list[float] = []
        self._init_durations: list[float] = []
        self._memory_used = self._memory_size = 0
        self._outcomes: Counter[str] = Counter()
        self._stored: list[str] = []
        self._answered: list[tuple[int, int]] = []
        """When payments were answered, and how many."""
        self._begun: Counter[str] = Counter()
        self._told: Counter[str] = Counter()

    def add(self, event: dict[str, Any]) -> None:
        """Take one event of `FilterLogEvents`; one that was taken already, as periods overlap, is left out."""
        if event["eventId"] in self._seen:
            return
        self._seen[event["eventId"]] = event["timestamp"]
        stream, message = event["logStreamName"], event["message"]
        if started := _START.match(message):
            self._current[stream] = started["id"]
        elif reported := _REPORT.match(message):
            self._reported[reported["id"]] = event["timestamp"]
            self._report(reported["id"], message)
        else:
            self._line(self._current.get(stream, event["eventId"]), message, event["timestamp"])

    def forget(self, before: float) -> None:
        """Forget which events were taken that nobody will ask for again: those from before a moment."""
        self._seen = {id_: at for id_, at in self._seen.items() if at >= before * 1000}

    def counted_before(self, moment: float) -> tuple[int, int]:
        """Return how many requests ended, and how many payments were answered, before a moment."""
        requests = sum(at < moment * 1000 for at in self._reported.values())
        return requests, sum(number for at, number in self._answered if at < moment * 1000)

    def figures(self) -> VersionFigures:
        """Return what was gathered so far."""
        return VersionFigures(
            requests=len(self._reported.keys() | self._failing),
            failing=len(self._failing),
            timed_out=len(self._timed_out),
            killed=len(self._killed),
            durations=tuple(self._durations),
            init_durations=tuple(self._init_durations),
            memory_used=self._memory_used,
            memory_size=self._memory_size,
            outcomes=Counter(self._outcomes),
            stored=tuple(self._stored),
            in_doubt=tuple(sorted(id_ for id_, begun in self._begun.items() if begun > self._told[id_])),
        )

    def _report(self, request: str, message: str) -> None:
        if status := _STATUS.search(message):
            self._failing.add(request)
            if status["value"] == "timeout":
                self._timed_out.add(request)
        self._note_killed(request, message)
        duration = _DURATION.search(message)
        if init := _INIT.search(message):
            self._init_durations.append(float(init["value"]))
        elif duration and request in self._paying:
            self._durations.append(float(duration["value"]))
        self._paying.discard(request)
        for size in _MEMORY_SIZE.finditer(message):
            self._memory_size = max(self._memory_size, int(size["value"]))
        for used in _MEMORY_USED.finditer(message):
            self._memory_used = max(self._memory_used, int(used["value"]))

    def _line(self, request: str, message: str, at: int) -> None:
        if message.startswith("{"):
            self._document(request, message, at)
        elif message.startswith(_RAISED):
            self._failing.add(request)
        elif _TIMED_OUT in message:
            self._failing.add(request)
            self._timed_out.add(request)
        else:
            self._note_killed(request, message)

    def _note_killed(self, request: str, message: str) -> None:
        if _KILLED.search(message):
            self._failing.add(request)
            self._killed.add(request)

    def _document(self, request: str, message: str, at: int) -> None:
        try:
            document = json.loads(message)
        except ValueError:
            return
        if "_aws" in document:
            counted = _counted(document)
            self._outcomes.update(counted)
            if answered := sum(counted[metric] for metric in PAYMENT_METRICS):
                self._answered.append((at, answered))
            return
        text = str(document.get("message", ""))
        if document.get("level") in _ERROR_LEVELS and self._counts_errors and not text.startswith(_OF_HEALTH):
            self._failing.add(request)
        if document.get("transaction_id"):
            self._payment(request, text, str(document["transaction_id"]))

    def _payment(self, request: str, message: str, transaction_id: str) -> None:
        if message.startswith(_OUTCOMES) and message != _READ:
            self._paying.add(request)
        if message == _BEGUN:
            self._begun[transaction_id] += 1
        elif message.startswith(_OUTCOMES) and not message.startswith(_IN_DOUBT) and message != _READ:
            self._told[transaction_id] += 1
        if message in _STORED:
            self._stored.append(transaction_id)


def _counted(document: dict[str, Any]) -> Counter[str]:
    """Return how often each metric of a line in CloudWatch's embedded metric format was counted."""
    found: Counter[str] = Counter()
    for directive in document["_aws"].get("CloudWatchMetrics", ()):
        for metric in directive.get("Metrics", ()):
            values = document.get(metric["Name"], 0)
            found[metric["Name"]] += int(sum(values) if isinstance(values, list) else values)
    return found
