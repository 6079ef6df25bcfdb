"""`dr redrive` with the operations role's rights: parked payments reach the region that serves, others stay."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.payer import RequestSender
from tests.emulated.operations.commands import dr
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, hold_writer, open_again


def parked(site: Site) -> int:
    """Return how many messages the standby has given up on, hidden ones included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = site.queue("dead_letter", STANDBY)
    counts = site.aws("sqs", STANDBY).get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(count) for count in counts.values())


@pytest.fixture(scope="module")
def payment() -> dict[str, Any]:
    return new_payment(amount="1.23")


@pytest.fixture(scope="module", autouse=True)
def dead_letters(site: Site, payment: dict[str, Any]) -> Iterator[None]:
    """Two messages that were parked in the standby: a payment, and one that is none."""
    queues = site.aws("sqs", STANDBY)
    queues.purge_queue(QueueUrl=site.queue("dead_letter", STANDBY))
    malformed = json.dumps({"transactionId": new_id("malformed")})
    for body in (queue_message(payment, PRIMARY), malformed):
        queues.send_message(QueueUrl=site.queue("dead_letter", STANDBY), MessageBody=body)

    def visible() -> None:
        assert parked(site) == 2

    eventually(visible)
    yield
    queues.purge_queue(QueueUrl=site.queue("dead_letter", STANDBY))


def test_it_is_refused_while_no_region_is_open(site: Site, payer: RequestSender) -> None:
    hold_writer(site)
    try:
        ended = dr(site, "redrive", "standby", "--yes", "--output", "text")
    finally:
        open_again(site)
        await_answer(payer, 201)
    assert ended.status == 2
    assert "a region must be open" in ended.errors
    assert parked(site) == 2


def test_a_dry_run_leaves_them_for_others_to_see(site: Site) -> None:
    ended = dr(site, "redrive", "standby", "--dry-run")
    assert ended.document["counts"]["would be redriven"] == 1, ended.errors
    url = site.queue("dead_letter", STANDBY)
    seen = site.aws("sqs", STANDBY).get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert seen["Attributes"]["ApproximateNumberOfMessages"] == "2"


def test_the_payment_is_stored_in_the_region_that_serves_and_the_rest_stays(
    site: Site, payment: dict[str, Any]
) -> None:
    ended = dr(site, "redrive", "standby", "--yes", "--rate", "100")
    assert ended.status == 1, ended.errors
    assert (ended.document["counts"]["redriven"], ended.document["counts"]["malformed"]) == (1, 1)

    def stored() -> dict[str, Any]:
        item = site.stored(PRIMARY, payment["transactionId"])
        assert item is not None
        return item

    item = eventually(stored)
    assert (item["amount"], item["region"]) == ({"N": "1.23"}, {"S": PRIMARY})
    assert parked(site) == 1
