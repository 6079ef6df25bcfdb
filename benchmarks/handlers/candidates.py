"""What is measured: the functions, and the plain handler that they are compared with.

The ticker is none of them: one call of it lasts for minutes, and nobody waits for its answer.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.handlers.world import REGION, BenchmarkWorld, python
from contract.environment import HANDLERS, Function

Event = dict[str, Any]

FLOOR = "plain boto3"

_HERE = Path(__file__).parent
_number = itertools.count()


@dataclass(frozen=True)
class Candidate:
    """A handler, how it is started and what it is sent."""

    name: str
    command: tuple[str, ...]
    """Its last argument but the paths is the descriptor for answers, `{answers}`."""
    event: Callable[[], Event]


def candidates(world: BenchmarkWorld) -> Iterator[Candidate]:
    """Yield the reference first."""
    yield Candidate(FLOOR, _python("floor", _HERE, world.sdk), _payment)
    for function, event in _EVENTS.items():
        yield Candidate(function, _function(function, world.functions), event)


def cold_payment_functions(world: BenchmarkWorld) -> Iterator[Candidate]:
    """Yield the payment function, and the same without reading the writer before its first request."""
    yield Candidate("reads before", _function(Function.PAYMENT_API, world.functions), _payment)
    yield Candidate("reads then", _python("without_prefetch", _HERE, world.functions), _payment)


def _function(function: Function, package: Path) -> tuple[str, ...]:
    return _python(HANDLERS[function].rpartition(".")[0], package)


def _python(module: str, *paths: Path) -> tuple[str, ...]:
    return (python(), "-S", str(_HERE / "runner.py"), module, "{answers}", *map(str, paths))


def _payment() -> Event:
    return _request("POST", "/payment", json.dumps(_fields()))


def _fields() -> dict[str, Any]:
    # Unlike any other run's, so that every payment is stored and none is a replay.
    return {"transactionId": f"{time.time_ns()}-{next(_number)}", "amount": "49.90", "currency": "EUR"}


def _request(method: str, resource: str, body: str | None = None) -> Event:
    context = {"requestId": "benchmark"}
    return {"resource": resource, "path": resource, "httpMethod": method, "body": body, "requestContext": context}


def _message() -> Event:
    fields = {**_fields(), "acceptedAt": "2026-01-31T12:00:00.000Z", "region": REGION}
    return {"Records": [{"messageId": "1", "body": json.dumps(fields), "attributes": {}, "messageAttributes": {}}]}


def _stream() -> Event:
    fields = _fields()
    item = {
        "pk": {"S": f"payment#{fields['transactionId']}"},
        "kind": {"S": "payment"},
        "transactionId": {"S": fields["transactionId"]},
        "amount": {"N": fields["amount"]},
        "currency": {"S": fields["currency"]},
        "region": {"S": REGION},
        "storedAt": {"S": "2026-01-31T12:00:00.000Z"},
    }
    change = {"SequenceNumber": str(time.time_ns()), "NewImage": item}
    return {"Records": [{"eventName": "INSERT", "dynamodb": change}]}


_EVENTS: dict[Function, Callable[[], Event]] = {
    Function.PAYMENT_API: _payment,
    Function.RETRY_WORKER: _message,
    Function.TRANSACTION_LOG: _stream,
}
