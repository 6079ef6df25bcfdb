"""From the table's stream to the bucket: each payment is logged once, where it began, and copied to the peer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contract.environment import LOG_PREFIX, PAYMENT_PREFIX, RECEIPT_PREFIX, Function, Metric
from sandbox.payer import RequestSender
from tests.emulated.faults import few_retries, without_rights
from tests.emulated.payments import new_id, new_payment
from tests.emulated.records import keys, log_records, logged, metric_values, read
from tests.emulated.site import PRIMARY, REGIONS, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, move_writer, pay


@pytest.fixture(scope="module")
def made(site: Site, payer: RequestSender) -> dict[str, dict[str, Any]]:
    """One payment a region, as the API answered it while the region owned the writer; the primary does in the end."""
    answers = {}
    for region in reversed(REGIONS):
        move_writer(site, region)
        await_answer(payer, 201, region)
        payment = new_payment(amount="4321.09", metadata={"text": "Grüße"})
        answers[region] = payer.post(region, payment).json()
    return answers


@pytest.mark.parametrize("began_in", REGIONS)
class TestLogs:
    """Logs of the payments that began in a region."""

    def test_they_are_in_the_regions_bucket(self, site: Site, made: dict[str, dict[str, Any]], began_in: str) -> None:
        payment = made[began_in]

        def in_bucket() -> None:
            assert logged(site, payment["transactionId"], began_in=began_in, bucket_of=began_in) == [payment]

        eventually(in_bucket)

    def test_they_are_replicated_to_the_other_region(
        self, site: Site, made: dict[str, dict[str, Any]], began_in: str
    ) -> None:
        (other,) = set(REGIONS) - {began_in}
        payment = made[began_in]

        def in_bucket() -> None:
            assert logged(site, payment["transactionId"], began_in=began_in, bucket_of=other) == [payment]

        eventually(in_bucket)

    def test_the_other_region_does_not_log_them_again(
        self, site: Site, made: dict[str, dict[str, Any]], began_in: str
    ) -> None:
        (other,) = set(REGIONS) - {began_in}
        latest = made[other]["transactionId"]

        def other_writer_is_up_to_date() -> None:
            assert logged(site, latest, began_in=other, bucket_of=other)

        eventually(other_writer_is_up_to_date)
        transaction_id = made[began_in]["transactionId"]
        for bucket_of in REGIONS:
            assert logged(site, transaction_id, began_in=other, bucket_of=bucket_of) == []

    def test_they_are_filed_by_day(self, site: Site, made: dict[str, dict[str, Any]], began_in: str) -> None:
        day = made[began_in]["storedAt"][:10].replace("-", "/")

        def filed() -> None:
            assert keys(site, began_in, f"{LOG_PREFIX}{began_in}/{day}/")

        eventually(filed)

    def test_a_receipt_is_in_both_buckets(self, site: Site, made: dict[str, dict[str, Any]], began_in: str) -> None:
        payment = made[began_in]
        key = f"{RECEIPT_PREFIX}{began_in}/{payment['transactionId']}.json"

        def receipts() -> list[bytes]:
            assert all(key in keys(site, region, RECEIPT_PREFIX) for region in REGIONS)
            return [read(site, region, key) for region in REGIONS]

        assert [json.loads(receipt) for receipt in eventually(receipts)] == [payment, payment]


@pytest.mark.parametrize("changed_in", REGIONS)
def test_what_is_removed_in_one_region_is_counted_in_both(site: Site, changed_in: str) -> None:
    """An item that is no payment, under a payment's key: nothing is logged of it, and nothing is left."""
    transaction_id = new_id()
    table, key = site.aws("dynamodb", changed_in), {"pk": {"S": f"{PAYMENT_PREFIX}{transaction_id}"}}
    table.put_item(TableName=site.table, Item=key)
    table.delete_item(TableName=site.table, Key=key)

    def counted() -> None:
        for region in REGIONS:
            lines = log_records(site, Function.TRANSACTION_LOG, region)
            assert [each for each in lines if transaction_id in each.get("transaction_ids", [])]
            assert max(metric_values(site, Metric.PAYMENTS_CHANGED, Function.TRANSACTION_LOG, region, "Sum")) >= 1

    eventually(counted)


def test_heartbeats_are_not_counted(site: Site) -> None:
    for region in REGIONS:
        lines = log_records(site, Function.TRANSACTION_LOG, region)
        changed = [name for each in lines for name in each.get("transaction_ids", []) if "control#" in name]
        assert changed == []


WRITE = frozenset({"s3:PutObject"})


def failures(site: Site) -> list[dict[str, Any]]:
    """Return what is in the primary's queue of failed batches."""
    answer = site.aws("sqs", PRIMARY).receive_message(
        QueueUrl=site.queue("stream_failure", PRIMARY), MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture(scope="class")
def unwritten(site: Site, payer: RequestSender) -> Iterator[dict[str, Any]]:
    """A payment in the primary while its bucket cannot be written: the failed batches since, and the payment."""
    with few_retries(site, PRIMARY), without_rights(site, Function.TRANSACTION_LOG, PRIMARY, WRITE):
        payment = new_payment()
        pay(payer, PRIMARY, payment)

        def parked() -> dict[str, Any]:
            found = failures(site)
            assert found
            return found[0]

        failure = eventually(parked)
    yield {"failure": failure, "payment": payment}
    site.aws("sqs", PRIMARY).purge_queue(QueueUrl=site.queue("stream_failure", PRIMARY))


class TestFailedBatch:
    """A batch that cannot be written is tried again, then reported, and the stream goes on."""

    def test_it_says_where_in_the_stream_it_is(self, unwritten: dict[str, Any]) -> None:
        batch = unwritten["failure"]["DDBStreamBatchInfo"]
        assert f":{PRIMARY}:" in batch["streamArn"]
        assert batch["startSequenceNumber"]

    def test_the_retries_were_exhausted(self, unwritten: dict[str, Any]) -> None:
        assert unwritten["failure"]["requestContext"]["condition"] == "RetryAttemptsExhausted"

    def test_nothing_was_logged(self, site: Site, unwritten: dict[str, Any]) -> None:
        transaction_id = unwritten["payment"]["transactionId"]
        assert logged(site, transaction_id, began_in=PRIMARY, bucket_of=PRIMARY) == []

    def test_later_payments_are_logged(self, site: Site, payer: RequestSender, unwritten: dict[str, Any]) -> None:
        payment = payer.post(PRIMARY, new_payment()).json()

        def in_bucket() -> None:
            assert logged(site, payment["transactionId"], began_in=PRIMARY, bucket_of=PRIMARY) == [payment]

        eventually(in_bucket)
