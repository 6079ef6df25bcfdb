"""The transaction log: what is written for a batch of the stream, and that a batch tried again writes the same."""

import json
import threading
from typing import Any

import pytest

from handlers.payments.model import Payment, StoredPayment
from handlers.payments.recorder import RECEIPTS_AT_ONCE, TransactionRecorder
from handlers.payments.transaction_records import receipt_object
from handlers.payments.validation import parse_object, parse_payment
from tests.unit.handlers.fakes import PEER, REGION, FakeBucket, FakeContext, throttled, timed_out
from tests.unit.handlers.payment_function_fakes import Logs, emitted


def payment(transaction_id: str = "t-1", amount: str = "10.50") -> Payment:
    return parse_payment(parse_object(
        f'{{"transactionId":"{transaction_id}","amount":{amount},"currency":"EUR","metadata":{{"n":0.10000000000000000555}}}}',
    ))  # fmt: skip


def insert(sequence: int, transaction_id: str = "t-1", *, region: str = REGION, at: str = "2026-01-31T23:59:59.500Z",
           **record: object) -> dict[str, Any]:  # fmt: skip
    image = StoredPayment(payment(transaction_id), region=region, stored_at=at).item()
    image["amount"] = {"N": "10.5"}  # as the table gives it back
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(sequence), "NewImage": image}, **record}


class Recorder:
    """A recorder over fakes."""

    def __init__(self, *, receipts: bool = False) -> None:
        self.bucket, self.logs = FakeBucket(), Logs()
        self.recorder = TransactionRecorder(
            bucket_client=self.bucket,
            bucket="logs",
            region=REGION,
            receipts=receipts,
            telemetry=self.logs.telemetry(),
        )

    def record(self, *records: dict[str, Any]) -> None:
        self.recorder.record(records, FakeContext())


def test_a_batch_is_one_object_of_one_line_a_payment() -> None:
    given = Recorder()
    given.record(insert(100), insert(101, "t-2"))
    ((key, body),) = given.bucket.objects.items()
    assert key == f"transaction-logs/{REGION}/2026/01/31/100-101.jsonl"
    first, second = body.decode().splitlines()
    assert first == (
        '{"content":{"amount":{"N":"10.5"},"currency":{"S":"EUR"},'
        '"metadata":{"S":"{\\"n\\":0.10000000000000000555}"}},'
        '"digest":"7f6ae39ce8b1688eda6e3f26d136f114b48a8dbbaabcf406bbcb3dc827002e90",'
        '"id":"t-1","region":"us-east-1","storedAt":"2026-01-31T23:59:59.500Z"}'
    )
    assert json.loads(second)["id"] == "t-2"


def test_a_batch_tried_again_writes_the_same_object() -> None:
    given = Recorder()
    given.record(insert(100), insert(101, "t-2"))
    before = dict(given.bucket.objects)
    given.record(insert(100), insert(101, "t-2"))
    assert given.bucket.objects == before


def test_only_inserts_of_payments_that_began_here_are_logged() -> None:
    given = Recorder()
    control = insert(4)
    control["dynamodb"]["NewImage"] = {"pk": {"S": "control#fence#x"}, "fenced": {"BOOL": True}}
    given.record(
        insert(1, eventName="MODIFY"),
        insert(2, region=PEER),
        {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "3"}},
        control,
        insert(5, "t-5"),
        insert(6, region=PEER),
    )
    assert list(given.bucket.objects) == [f"transaction-logs/{REGION}/2026/01/31/5-5.jsonl"]


def test_a_batch_without_such_writes_nothing() -> None:
    given = Recorder(receipts=True)
    given.record(insert(1, region=PEER))
    assert given.bucket.calls == []


def test_receipts_are_written_before_the_log_where_they_are_wanted() -> None:
    given = Recorder(receipts=True)
    given.record(insert(1), insert(2, "t-2"))
    assert [key.split("/")[0] for key in given.bucket.objects] == ["receipts", "receipts", "transaction-logs"]
    assert json.loads(given.bucket.objects[f"receipts/{REGION}/t-2.json"])["amount"] == "10.50"


def test_receipts_of_both_regions_live_side_by_side() -> None:
    keys = []
    for region in (REGION, PEER):
        stored = StoredPayment(payment(), region=region, stored_at="2026-01-31T23:59:59.500Z")
        keys.append(receipt_object(stored).key)
    assert keys == [f"receipts/{REGION}/t-1.json", f"receipts/{PEER}/t-1.json"]


def test_no_log_overlaps_when_a_receipt_failed_and_the_batch_is_split() -> None:
    given = Recorder(receipts=True)
    given.bucket.fail("put_object", throttled(), times=1)
    with pytest.raises(type(throttled())):
        given.record(insert(1), insert(2, "t-2"))
    given.record(insert(1))
    given.record(insert(2, "t-2"))
    logs = [body for key, body in given.bucket.objects.items() if key.startswith("transaction-logs/")]
    assert sorted(json.loads(line)["id"] for body in logs for line in body.splitlines()) == ["t-1", "t-2"]


def test_a_failure_of_the_bucket_is_raised() -> None:
    given = Recorder()
    given.bucket.fail("put_object", error := timed_out())
    with pytest.raises(type(error)):
        given.record(insert(1))


def test_receipts_are_written_ten_at_once() -> None:
    """Each waits for nine others."""
    given = Recorder(receipts=True)
    together = threading.Barrier(RECEIPTS_AT_ONCE)
    put = given.bucket.put_object

    def put_together(**request: Any) -> dict[str, Any]:
        if request["Key"].startswith("receipts/"):
            together.wait(timeout=60)
        return put(**request)

    given.bucket.put_object = put_together  # type: ignore[method-assign]
    given.record(*(insert(number, f"t-{number}") for number in range(2 * RECEIPTS_AT_ONCE)))
    assert len(given.bucket.objects) == 2 * RECEIPTS_AT_ONCE + 1


def test_a_payment_that_cannot_be_read_is_raised_for_the_failure_destination() -> None:
    broken = insert(1)
    del broken["dynamodb"]["NewImage"]["amount"]
    with pytest.raises(KeyError):
        Recorder().record(broken)


def test_logs_and_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    given = Recorder()
    given.record(insert(1), insert(2, "t-2"))
    assert emitted(capsys.readouterr().out) == {"PaymentLogged": [2.0]}
    assert given.logs.lines[0]["transaction_ids"] == ["t-1", "t-2"]
    assert "10.5" not in given.logs.text
