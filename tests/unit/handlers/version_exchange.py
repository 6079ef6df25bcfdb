"""What one version writes and what it reads of that: run with the version's directory, it is the same for each version.

Only what both versions have may be used here.
"""

import json
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

HERE, PEER = "us-east-1", "us-east-2"
PAYMENTS, CONTROL = "payments", "control"
AT = "2026-01-01T00:00:00.000Z"


def _payments() -> list[Any]:
    from handlers.payments.validation import parse_object, parse_payment

    content = (
        '"amount": 10.50, "currency": "EUR"',
        '"amount": 1500, "currency": "JPY"',
        '"amount": "0.001", "currency": "KWD", "metadata": {"order": "\u00fc-1", "lines": [1, {"n": null}]}',
        '"amount": 999999999.99, "currency": "USD", "metadata": {}',
    )
    return [
        parse_payment(parse_object(f'{{"transactionId": "payment-{number}", {each}}}'))
        for number, each in enumerate(content)
    ]


def _writers() -> dict[str, Any]:
    from handlers.writer.changes import Author, close_planned, create, hold, open_writer, set_automatic, take_over

    ann, ticker = Author("ann", "drill", AT), Author("ticker us-east-2", "the peer is lost", AT, automatic=True)
    created = create(HERE, 7, ann)
    opened = open_writer(created, ann)
    return {
        "created": created,
        "open": opened,
        "planned": close_planned(opened, PEER, ann),
        "takeover": take_over(opened, PEER, ticker),
        "held": hold(opened, ann),
        "automatic off": set_automatic(opened, ann, automatic=False),
    }


class Table:
    """A table in memory: what is written by key, and read by it."""

    def __init__(self, items: dict[str, Any] | None = None) -> None:
        self.items: dict[str, Any] = items or {}

    def get_item(self, **request: Any) -> dict[str, Any]:
        item = self.items.get(request["Key"]["pk"]["S"])
        return {"Item": item} if item else {}

    def put_item(self, **request: Any) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        item = request["Item"]
        old = self.items.get(item["pk"]["S"])
        if old and "attribute_not_exists" in request.get("ConditionExpression", ""):
            answer: Any = {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": old}
            raise ClientError(answer, "PutItem")
        self.items[item["pk"]["S"]] = item
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Add one to a counter."""
        key, names = request["Key"]["pk"]["S"], request.get("ExpressionAttributeNames", {})
        assert request["UpdateExpression"] == "ADD #count :one"
        count = int(self.items.get(key, {}).get(names["#count"], {"N": "0"})["N"]) + 1
        self.items[key] = {"pk": {"S": key}, names["#count"]: {"N": str(count)}}
        return {}


def write() -> dict[str, Any]:
    """Return all that other versions read."""
    from handlers.payments.logged_payment import LoggedPayment
    from handlers.payments.model import StoredPayment
    from handlers.payments.queue import QueuedPayment
    from handlers.tickers.heartbeat import put_heartbeat
    from handlers.tickers.memory import TickerMemory, write_memory
    from handlers.writer.glass import Glass, break_glass
    from handlers.writer.history import RecordedEpoch, record_epoch
    from handlers.writer.proofs import raise_proof

    payments, control = Table(), Table()
    stored = [_with_request(StoredPayment(payment, HERE, AT)) for payment in _payments()]
    for each in stored:
        payments.put_item(TableName=PAYMENTS, Item=each.item())
    put_heartbeat(payments, PAYMENTS, HERE, release="r1", now=1_767_225_600.0)
    break_glass(payments, PAYMENTS, Glass(HERE, 9, "ann", "no quorum", AT))
    raise_proof(control, CONTROL, HERE)
    memory = {"run": "a", "beats": 5, "at": AT, "fit": True, "fit_for": 12.5, "own_count": 3, "own_age": 1.0}
    memory |= {"peer_count": 4, "peer_age": 2.0, "lag": 0.5, "epoch": 7, "epoch_age": 30.0, "kind": "held"}
    memory |= {"recorded_epoch": 7, "automatic_changes": 2, "steady_for": 100.0, "forgiven": 1}
    write_memory(control, CONTROL, HERE, TickerMemory(**memory), run_before=None)  # type: ignore[arg-type]
    for writer in _writers().values():
        record_epoch(control, CONTROL, RecordedEpoch(writer, HERE, AT))
    return {
        "payments": payments.items,
        "control": control.items,
        "writers": {name: writer.item() for name, writer in _writers().items()},
        "messages": [QueuedPayment(payment, HERE, AT, attempts).body() for attempts, payment in enumerate(_payments())],
        "lines": [LoggedPayment.from_item(each.item()).line() for each in stored],
        "releases": _releases(),
    }


def _with_request(stored: Any) -> Any:
    """Return the payment with the id of its request, where the version keeps one."""
    with suppress(TypeError):
        return replace(stored, request_id="request-1")
    return stored


def read(document: dict[str, Any]) -> dict[str, Any]:
    """Return what the version makes of it, by name."""
    from handlers.payments.logged_payment import LoggedPayment
    from handlers.payments.queue import parse_message
    from handlers.payments.store import PaymentTable
    from handlers.payments.transaction_records import log_objects, read_batch
    from handlers.runtime import Clock
    from handlers.tickers.heartbeat import read_heartbeat
    from handlers.tickers.memory import read_memory
    from handlers.writer.glass import read_glass
    from handlers.writer.history import read_epoch
    from handlers.writer.item import read_writer
    from handlers.writer.proofs import read_proof

    payments, control = Table(document["payments"]), Table(document["control"])
    table = PaymentTable(payments, PAYMENTS, Clock())
    found: dict[str, Any] = {}
    for payment in _payments():
        name = payment.transaction_id
        stored = table.get(name)
        assert stored is not None, f"{name} is not where this version looks for it"
        found[f"stored {name}"] = stored.document()
        receipt = table.insert(payment, began_in=PEER)
        found[f"replay of {name}"] = [receipt.outcome, receipt.document()]
    heartbeat, memory = read_heartbeat(payments, PAYMENTS, HERE), read_memory(control, CONTROL, HERE)
    found["heartbeat"] = vars(heartbeat)
    found["glass"] = vars(read_glass(payments, PAYMENTS, HERE))
    found["proof"] = read_proof(control, CONTROL, HERE)
    found["ticker's memory"] = vars(memory)
    for name, item in document["writers"].items():
        writer = read_writer(Table({"writer": item}), CONTROL)
        assert writer is not None
        found[f"writer: {name}"] = vars(writer)
        found[f"writer: {name}, allows"] = [writer.allows(HERE), writer.allows(PEER), writer.document()]
        recorded = read_epoch(control, CONTROL, HERE, writer.epoch)
        found[f"epoch of {name}"] = [vars(recorded.writer), recorded.seen_at] if recorded else None
    for number, body in enumerate(document["messages"]):
        queued = parse_message(body)
        found[f"message {number}"] = [queued.payment.document(), queued.region, queued.accepted_at, queued.attempts]
    items = [item for item in document["payments"].values() if "transactionId" in item]
    records = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": f"{number}"}}
        for number, item in enumerate(items)
    ]
    written = log_objects(read_batch(records, HERE), HERE)
    found["stream"] = [[each.key, [json.loads(line) for line in each.body.splitlines()]] for each in written]
    found["log"] = [vars(LoggedPayment.from_line(line)) for line in document["lines"]]
    return {**found, **_read_releases(document["releases"])}


def formats() -> str:
    """Return the version's data formats; the first release had no numbers."""
    try:
        from contract.releases import DATA_FORMATS
    except ImportError:
        return "1 reads 1"
    return DATA_FORMATS.text()


def _releases() -> dict[str, Any]:
    try:
        from handlers.releases.item import RegionVersions, Release, ReleaseState
    except ImportError:
        return {}
    before, after = ({HERE: RegionVersions({"payment-api": version}, f"d{version}")} for version in ("1", "2"))
    texts = {"by": "ann", "reason": "limits", "at": AT, "step": "10 %", "ended_by": "bob", "ended_why": "errors"}
    return {
        state: Release("release-1", "driver-1", state, 3, 7, before, after, **texts).item() for state in ReleaseState
    }


def _read_releases(items: dict[str, Any]) -> dict[str, Any]:
    try:
        from handlers.releases.item import read_release
    except ImportError:
        return {}
    found: dict[str, Any] = {}
    for name, item in items.items():
        release = read_release(Table({"release": item}), CONTROL)
        assert release is not None, "the release is not where this version looks for it"
        placed = [{region: each.document() for region, each in at.items()} for at in (release.before, release.after)]
        found[f"release: {name}"] = {**vars(release), "before": placed[0], "after": placed[1]}
    return found


def main(directory: str) -> None:
    """Answer each line of the input, `[what, given]`, with the version's own modules: `[answer, error]`."""
    sys.path[0] = directory  # which was this file's own
    import handlers

    assert Path(str(handlers.__file__)).is_relative_to(directory)
    for line in sys.stdin:
        what, given = json.loads(line)
        try:
            answer, error = (read(given) if what == "read" else {"write": write, "formats": formats}[what]()), None
        except Exception:  # noqa: BLE001 -- whatever it is, it is what the test wants to know
            answer, error = None, traceback.format_exc()
        print(json.dumps([answer, error], default=str), flush=True)  # noqa: T201 -- the answer


if __name__ == "__main__":
    main(sys.argv[1])
