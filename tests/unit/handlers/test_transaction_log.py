"""The transaction log: what is written for a batch, also when it is tried again, and what is counted as changed."""

import json
import threading
from typing import Any

import pytest

from handlers.payments.logged_payment import LoggedPayment
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


def change(sequence: int, transaction_id: str = "t-1", *, kind: str = "MODIFY", region: str = REGION,
           was_in: str = REGION, prefix: str = "payment#") -> dict[str, Any]:  # fmt: skip
    found = insert(sequence, transaction_id, region=region)["dynamodb"]
    found["NewImage"]["amount"] = {"N": "99"}
    found |= {
        "Keys": {"pk": {"S": f"{prefix}{transaction_id}"}},
        "OldImage": insert(sequence, transaction_id, region=was_in)["dynamodb"]["NewImage"],
        "ApproximateCreationDateTime": 1_770_000_000.0,
    }
    if kind == "REMOVE":
        del found["NewImage"]
    return {"eventName": kind, "dynamodb": found}


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


def test_only_payments_that_began_here_are_logged() -> None:
    given = Recorder()
    control = insert(4)
    control["dynamodb"]["NewImage"] = {"pk": {"S": "control#fence#x"}, "fenced": {"BOOL": True}}
    given.record(
        insert(2, region=PEER),
        change(3, kind="REMOVE"),
        control,
        insert(5, "t-5"),
        insert(6, region=PEER),
        change(7, region=PEER),
    )
    assert list(given.bucket.objects) == [f"transaction-logs/{REGION}/2026/01/31/5-5.jsonl"]


class TestChangedPayments:
    """Payments are inserted once: a change of one is logged as a version of its own, and counted."""

    def test_the_new_version_is_logged_beside_the_old_one(self) -> None:
        given = Recorder()
        given.record(insert(1), change(2))
        (body,) = given.bucket.objects.values()
        before, after = (LoggedPayment.from_line(line) for line in body.decode().splitlines())
        assert (before.transaction_id, before.stored_at) == (after.transaction_id, after.stored_at)
        assert (before.fields["amount"], after.fields["amount"]) == ({"N": "10.5"}, {"N": "99"})

    def test_the_line_says_when_it_was_changed(self) -> None:
        given = Recorder()
        given.record(insert(1), change(2))
        (body,) = given.bucket.objects.values()
        before, after = map(json.loads, body.decode().splitlines())
        assert "changedAt" not in before
        assert after["changedAt"] == "2026-02-02T02:40:00.000Z"

    def test_a_batch_with_changes_tried_again_writes_the_same(self) -> None:
        given = Recorder()
        given.record(insert(1), change(2))
        before = dict(given.bucket.objects)
        given.record(insert(1), change(2))
        assert given.bucket.objects == before

    def test_the_receipt_stays_as_it_was(self) -> None:
        given = Recorder(receipts=True)
        given.record(insert(1))
        given.record(change(2))
        assert json.loads(given.bucket.objects[f"receipts/{REGION}/t-1.json"])["amount"] == "10.50"

    def test_what_replaces_another_regions_payment_has_a_receipt(self) -> None:
        given = Recorder(receipts=True)
        given.record(change(1, was_in=PEER))
        assert f"receipts/{REGION}/t-1.json" in given.bucket.objects

    @pytest.mark.parametrize("kind", ["MODIFY", "REMOVE"])
    @pytest.mark.parametrize("region", [REGION, PEER])
    def test_each_is_counted_wherever_it_began(
        self, kind: str, region: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Recorder().record(change(1, kind=kind, region=region, was_in=region), change(2, "t-2", kind=kind))
        assert emitted(capsys.readouterr().out)["PaymentsChanged"] == [2.0]

    def test_a_payment_that_is_written_again_as_it_was_is_no_change(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A repair of one replica replicates to the other, which holds the payment already."""
        given, again = Recorder(), change(1)
        again["dynamodb"]["NewImage"] = dict(again["dynamodb"]["OldImage"])
        given.record(again)
        assert emitted(capsys.readouterr().out) == {"PaymentsChanged": [0.0]}
        assert given.bucket.objects == {}

    def test_a_batch_without_changes_counts_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        Recorder().record(insert(1))
        assert emitted(capsys.readouterr().out)["PaymentsChanged"] == [0.0]

    @pytest.mark.parametrize("prefix", ["control#heartbeat#", "control#health#", "control#glass#", "canary#"])
    def test_what_is_no_payment_is_not_counted(self, prefix: str, capsys: pytest.CaptureFixture[str]) -> None:
        Recorder().record(change(1, kind="REMOVE", prefix=prefix), change(2, kind="REMOVE", prefix=prefix))
        assert emitted(capsys.readouterr().out) == {"PaymentsChanged": [0.0]}

    def test_they_are_counted_even_if_nothing_can_be_logged(self, capsys: pytest.CaptureFixture[str]) -> None:
        given = Recorder()
        given.bucket.fail("put_object", error := timed_out())
        with pytest.raises(type(error)):
            given.record(change(1))
        assert emitted(capsys.readouterr().out) == {"PaymentsChanged": [1.0]}

    def test_a_payment_that_a_change_has_spoiled_is_counted_and_raised(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spoiled = change(1)
        del spoiled["dynamodb"]["NewImage"]["amount"]
        with pytest.raises(KeyError):
            Recorder().record(spoiled)
        assert emitted(capsys.readouterr().out) == {"PaymentsChanged": [1.0]}

    def test_the_log_names_them_and_nothing_of_what_they_say(self) -> None:
        given = Recorder()
        given.record(change(1, kind="REMOVE", region=PEER))
        (line,) = given.logs.lines
        assert (line["level"], line["message"], line["transaction_ids"]) == ("WARNING", "payments changed", ["t-1"])
        assert "10.5" not in given.logs.text


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
    assert emitted(capsys.readouterr().out) == {"PaymentLogged": [2.0], "PaymentsChanged": [0.0]}
    assert given.logs.lines[0]["transaction_ids"] == ["t-1", "t-2"]
    assert "10.5" not in given.logs.text
