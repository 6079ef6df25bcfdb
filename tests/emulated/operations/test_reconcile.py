"""`dr reconcile` with the operations role's rights: what did not arrive is found, and repaired if possible."""

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contract.environment import OPERATORS_LOG_PREFIX, PARTITION_KEY
from contract.roles import Role
from emulator import Emulator
from handlers.payments.model import Payment, StoredPayment, payment_key
from handlers.runtime import timestamp
from operations.clock import ScaledOperationsClock
from operations.drills.duplicate_acceptance import Judge
from operations.drills.events import PaymentAttempt
from operations.drills.log import EventLog
from operations.reconcile.audit import verify
from operations.site import Site as OperatedSite
from sandbox.payer import RequestSender
from tests.emulated.operations.commands import Ended, dr
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.records import keys, logged, read
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, move_writer, pay

PAUSED = {"source": PRIMARY, "destination": STANDBY}
CLOCKS_DIFFER_SECONDS = 7
"""Logs that were written up to 5 s before a period, by S3's clock to the second, count as the period's."""


@pytest.fixture(autouse=True)
def queues(site: Site) -> None:
    """Empty queues: what lies in them belongs to every period."""
    for region in REGIONS:
        for kind in ("dead_letter", "retry", "stream_failure"):
            site.aws("sqs", region).purge_queue(QueueUrl=site.queue(kind, region))


@pytest.fixture
def since() -> str:
    """The moment at which the test began: what other tests did to payments is not looked at."""
    return timestamp(time.time())


def reconcile(site: Site, since: str, directory: Path, *arguments: str) -> Ended:
    period = ("--since", since, "--earlier", "0")
    return dr(site, "reconcile", *period, "--lag", "1", "--audit", str(directory / "audit.jsonl"), *arguments)


def paid(site: Site, payer: RequestSender) -> str:
    """Pay in the primary, and return the id once both replicas and both buckets know it."""
    payment = new_payment(metadata={"note": "Grüße"})
    pay(payer, PRIMARY, payment)
    transaction_id = str(payment["transactionId"])

    def everywhere() -> None:
        for region in REGIONS:
            assert site.stored(region, transaction_id)
            assert logged(site, transaction_id, began_in=PRIMARY, bucket_of=region)

    eventually(everywhere)
    return transaction_id


def found(ended: Ended) -> list[tuple[str, list[str], list[str]]]:
    assert ended.status in {0, 1, 2}, ended.errors
    return [(each["transactionId"], each["kinds"], each["missingFrom"]) for each in ended.document["findings"]]


def test_what_replication_has_not_carried_is_missing_until_it_has(
    site: Site, emulator: Emulator, payer: RequestSender, since: str, tmp_path: Path
) -> None:
    payment = new_payment()
    with emulator.inject("replication-paused", **PAUSED):
        pay(payer, PRIMARY, payment)
        ended = reconcile(site, since, tmp_path)
        assert found(ended) == [(payment["transactionId"], ["missing"], ["standby_table"])]
        assert ended.status == 1

    def arrived() -> None:
        assert site.stored(STANDBY, payment["transactionId"])

    eventually(arrived)
    clean = reconcile(site, since, tmp_path, "--output", "text")
    assert clean.status == 0
    assert clean.output.count(f"{PRIMARY} takes payments since") == 2  # the verdict before and after


def test_what_was_deleted_is_put_back_from_the_log(
    site: Site, payer: RequestSender, since: str, tmp_path: Path
) -> None:
    transaction_id = paid(site, payer)
    before = site.stored(PRIMARY, transaction_id)
    key = {PARTITION_KEY: {"S": payment_key(transaction_id)}}
    site.aws("dynamodb", PRIMARY).delete_item(TableName=site.table, Key=key)

    def gone() -> None:
        assert site.stored(STANDBY, transaction_id) is None

    eventually(gone)
    ended = reconcile(site, since, tmp_path, "--repair", "--yes")
    assert (ended.status, ended.document["left"]) == (0, 0), ended.output + ended.errors
    assert ended.document["found"]["missing"] == 1
    assert [site.stored(region, transaction_id) for region in REGIONS] == [before, before]
    assert reconcile(site, since, tmp_path).status == 0
    assert verify((tmp_path / "audit.jsonl").read_text().splitlines())


def test_a_conflict_is_left_to_a_human(
    site: Site, emulator: Emulator, payer: RequestSender, since: str, tmp_path: Path
) -> None:
    transaction_id = paid(site, payer)
    table: Any = site.aws("dynamodb", STANDBY)
    original = site.stored(STANDBY, transaction_id)
    assert original is not None
    with emulator.inject("replication-paused", source=STANDBY, destination=PRIMARY):
        table.put_item(TableName=site.table, Item={**original, "amount": {"N": "99.99"}})
        ended = reconcile(site, since, tmp_path, "--repair", "--yes")
        assert found(ended) == [(transaction_id, ["conflicting"], [])]
        amounts = {version["content"]["amount"]["N"] for version in ended.document["findings"][0]["versions"]}
        assert amounts == {"10.5", "99.99"}
        assert ended.status == 1
        table.put_item(TableName=site.table, Item=original)

    def change_is_logged() -> None:
        """Each change is a version of its own; logged later, it would be in the next test's period."""
        for region in REGIONS:
            lines = logged(site, transaction_id, began_in=PRIMARY, bucket_of=region)
            assert sorted(line["amount"] for line in lines) == ["10.50", "10.50", "99.99"]

    eventually(change_is_logged)
    time.sleep(CLOCKS_DIFFER_SECONDS)


def test_duplicate_after_a_lost_answer_does_not_count_once_accepted(
    site: Site, emulator: Emulator, payer: RequestSender, since: str, tmp_path: Path
) -> None:
    payment = new_payment()
    transaction_id = str(payment["transactionId"])
    with emulator.inject("replication-paused", **PAUSED):
        pay(payer, PRIMARY, payment)
        move_writer(site, STANDBY)
        await_answer(payer, 201, STANDBY)
        pay(payer, STANDBY, payment)  # which does not hold what the primary stored
    move_writer(site, PRIMARY)
    await_answer(payer, 201)

    def settled() -> None:
        for began_in in REGIONS:
            for region in REGIONS:
                assert logged(site, transaction_id, began_in=began_in, bucket_of=region)
        assert site.stored(PRIMARY, transaction_id) == site.stored(STANDBY, transaction_id)

    eventually(settled)
    assert (transaction_id, ["duplicated"], []) in found(reconcile(site, since, tmp_path))
    (tmp_path / "drill").mkdir()
    log, accepted = EventLog(tmp_path / "drill" / "events.jsonl", ScaledOperationsClock()), tmp_path / "accepted"
    deployed = OperatedSite.from_outputs(site.deployment.outputs)
    judge = Judge(deployed, log, trails=tmp_path, accepted=accepted)
    assert judge.judge() == []  # for all that is known, it was paid twice
    attempt = {"client": "payer", "payment": transaction_id, "began": 0, "address": None, "role": Role.PRIMARY}
    log.record(PaymentAttempt, **attempt, status=None, doubtful=True)
    assert judge.judge() == [transaction_id]

    def clean() -> None:  # once what was paid to see the moves is in both places, too
        ended = reconcile(site, since, tmp_path, *judge.options)
        assert (ended.status, ended.document["accepted"], found(ended)) == (0, 1, [])

    eventually(clean, every=1)


def test_what_was_accepted_and_parked_is_found_until_it_is_redriven(
    site: Site, payer: RequestSender, since: str, tmp_path: Path
) -> None:
    paid(site, payer)
    payment = new_payment()
    sqs, url = site.aws("sqs", STANDBY), site.queue("dead_letter", STANDBY)
    sqs.send_message(QueueUrl=url, MessageBody=queue_message(payment, PRIMARY))
    ended = reconcile(site, since, tmp_path, "--repair", "--yes")
    assert (payment["transactionId"], ["parked"], ["primary_table", "standby_table"]) in found(ended)
    assert dr(site, "redrive", "standby", "--yes").status == 0

    def stored() -> None:
        assert payment["transactionId"] not in {each for each, _, _ in found(reconcile(site, since, tmp_path))}

    eventually(stored, every=1)


def test_gaps_of_the_logs_are_filled_beside_the_functions_logs(site: Site, tmp_path: Path) -> None:
    """A payment of two hours ago that says it began where no function logs."""
    transaction_id, moment = new_id("unlogged"), timestamp(time.time() - 7200)
    payment = StoredPayment(Payment(transaction_id, Decimal("10.50"), "EUR"), "us-west-2", moment)
    site.aws("dynamodb", PRIMARY).put_item(TableName=site.table, Item=payment.item())
    arguments = ("--write-logs", "--reason", "the bucket was emptied", "--yes")
    reconcile(site, moment, tmp_path, *arguments)
    for region in REGIONS:
        (key,) = (key for key in keys(site, region, OPERATORS_LOG_PREFIX) if transaction_id in key)
        line = json.loads(read(site, region, key))
        assert (line["id"], line["reason"]) == (transaction_id, "the bucket was emptied")
    again = reconcile(site, moment, tmp_path)
    assert transaction_id not in {each for each, _, _ in found(again)}


def test_a_replica_out_of_reach_is_unknown(site: Site, emulator: Emulator, since: str, tmp_path: Path) -> None:
    with emulator.inject("service-down", region=PRIMARY, service="dynamodb"):
        ended = reconcile(site, since, tmp_path)
    assert ended.status == 2
    assert "unknown" in ended.document["places"]["primary_table"]
    assert not ended.document["clean"]
