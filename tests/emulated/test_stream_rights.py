"""Every right of the transaction log's function is needed, from reading the stream to reporting what failed."""

import pytest

from emulator.payer import Payer
from handlers.environment import ACTIVITY_PREFIX, Function
from tests.emulated.events import stream_event
from tests.emulated.faults import few_retries, without_rights
from tests.emulated.payments import new_payment
from tests.emulated.records import log_lines, log_records, logged
from tests.emulated.rights import PUT, SEND, STREAM, STREAMS, WRITE
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually

pytestmark = pytest.mark.may_be_refused


def pay(payer: Payer, region: str) -> str:
    """Make a payment and return its id."""
    answer = payer.post(region, new_payment())
    assert answer.status == 201, answer
    return str(answer.json()["transactionId"])


def await_logged(site: Site, region: str, transaction_id: str) -> None:
    """Wait until a region's transaction log holds a payment."""

    def in_bucket() -> None:
        assert logged(site, transaction_id, began_in=region, bucket_of=region)

    eventually(in_bucket)


@pytest.mark.parametrize("right", [STREAM, STREAMS], ids=["reading", "listing"])
def test_without_the_stream_it_gets_nothing(site: Site, payer: Payer, right: frozenset[str]) -> None:
    with without_rights(site, Function.TRANSACTION_LOG, STANDBY, right):
        waiting = pay(payer, STANDBY)
        # The primary's function, which has its rights, got two later payments, one after the other.
        for _ in range(2):
            await_logged(site, PRIMARY, pay(payer, PRIMARY))
        assert logged(site, waiting, began_in=STANDBY, bucket_of=STANDBY) == []
    await_logged(site, STANDBY, waiting)


def test_without_writing_objects_it_fails(site: Site) -> None:
    event = stream_event(STANDBY)
    with without_rights(site, Function.TRANSACTION_LOG, STANDBY, WRITE):
        assert site.invoke(Function.TRANSACTION_LOG, STANDBY, event).error
    assert site.invoke(Function.TRANSACTION_LOG, STANDBY, event).error is None


def test_without_writing_items_it_logs_all_the_same(site: Site) -> None:
    event = stream_event(STANDBY)
    transaction_id = event["Records"][0]["dynamodb"]["NewImage"]["transactionId"]["S"]
    key = f"{ACTIVITY_PREFIX}{STANDBY}"
    with without_rights(site, Function.TRANSACTION_LOG, STANDBY, PUT):
        before = site.item(STANDBY, key)
        assert site.invoke(Function.TRANSACTION_LOG, STANDBY, event).error is None
        assert site.item(STANDBY, key) == before
    assert logged(site, transaction_id, began_in=STANDBY, bucket_of=STANDBY)
    warnings = [record for record in log_records(site, Function.TRANSACTION_LOG, STANDBY) if "failure" in record]
    assert (warnings[-1]["message"], warnings[-1]["failure"]["operation"]) == ("activity not noted", "PutItem")


def test_without_sending_a_failed_batch_is_not_reported(site: Site, payer: Payer) -> None:
    failed = "when calling the PutObject operation"

    def attempts() -> int:
        return len([line for line in log_lines(site, Function.TRANSACTION_LOG, STANDBY) if failed in line])

    with few_retries(site, STANDBY), without_rights(site, Function.TRANSACTION_LOG, STANDBY, WRITE, SEND):
        before = attempts()
        assert payer.post(STANDBY, new_payment()).status == 201

        def given_up() -> None:
            assert attempts() == before + 2

        eventually(given_up)
    # The stream goes on, and what was given up is neither logged nor reported.
    await_logged(site, STANDBY, pay(payer, STANDBY))
    answer = site.aws("sqs", STANDBY).receive_message(QueueUrl=site.queue("stream_failure", STANDBY))
    assert answer.get("Messages", []) == []
