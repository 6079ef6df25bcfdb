"""Every right of the transaction log's function is needed, from reading the stream to reporting what failed."""

import time

import pytest

from contract.environment import Function
from sandbox.payer import RequestSender
from tests.emulated.events import stream_event
from tests.emulated.faults import few_retries, without_rights
from tests.emulated.payments import new_payment
from tests.emulated.records import log_lines, logged
from tests.emulated.role_statements import SEND, STREAM, STREAMS, WRITE
from tests.emulated.site import PRIMARY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import pay

pytestmark = pytest.mark.may_be_refused

WINDOWS_SECONDS = 10
"""Two of the batching windows of the function."""


def paid(payer: RequestSender, region: str) -> str:
    """Make a payment and return its id."""
    return str(pay(payer, region, new_payment()).json()["transactionId"])


def await_logged(site: Site, region: str, transaction_id: str) -> None:
    """Wait until a region's transaction log holds a payment."""

    def in_bucket() -> None:
        assert logged(site, transaction_id, began_in=region, bucket_of=region)

    eventually(in_bucket)


@pytest.mark.parametrize("right", [STREAM, STREAMS], ids=["reading", "listing"])
def test_without_the_stream_it_gets_nothing(site: Site, payer: RequestSender, right: frozenset[str]) -> None:
    with without_rights(site, Function.TRANSACTION_LOG, PRIMARY, right):
        waiting = paid(payer, PRIMARY)
        time.sleep(WINDOWS_SECONDS)  # longer than what the function would have waited for more
        assert logged(site, waiting, began_in=PRIMARY, bucket_of=PRIMARY) == []
    await_logged(site, PRIMARY, waiting)


def test_without_writing_objects_it_fails(site: Site) -> None:
    event = stream_event(PRIMARY)
    with without_rights(site, Function.TRANSACTION_LOG, PRIMARY, WRITE):
        assert site.invoke(Function.TRANSACTION_LOG, PRIMARY, event).error
    assert site.invoke(Function.TRANSACTION_LOG, PRIMARY, event).error is None


def test_without_sending_a_failed_batch_is_not_reported(site: Site, payer: RequestSender) -> None:
    failed = "when calling the PutObject operation"

    def attempts() -> int:
        return len([line for line in log_lines(site, Function.TRANSACTION_LOG, PRIMARY) if failed in line])

    with few_retries(site, PRIMARY), without_rights(site, Function.TRANSACTION_LOG, PRIMARY, WRITE, SEND):
        before = attempts()
        paid(payer, PRIMARY)

        def given_up() -> None:
            assert attempts() == before + 2

        eventually(given_up)
    # The stream goes on, and what was given up is neither logged nor reported.
    await_logged(site, PRIMARY, paid(payer, PRIMARY))
    answer = site.aws("sqs", PRIMARY).receive_message(QueueUrl=site.queue("stream_failure", PRIMARY))
    assert answer.get("Messages", []) == []
