"""`dr redrive` with the operations role's rights: parked payments are stored, others stay, a fence refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.environment import Function
from handlers.payments.fence import clear_fence, set_fence
from tests.emulated.faults import quick_retries, without_rights
from tests.emulated.operations.commands import dr
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.rights import PUT
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually


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
    """Two messages that the retry worker gave up on: a payment while it could not write, and one that is none."""
    queues = site.aws("sqs", STANDBY)
    queues.purge_queue(QueueUrl=site.queue("dead_letter", STANDBY))
    malformed = json.dumps({"transactionId": new_id("malformed")})
    with quick_retries(site, STANDBY), without_rights(site, Function.RETRY_WORKER, STANDBY, PUT):
        for body in (queue_message(payment, PRIMARY), malformed):
            queues.send_message(QueueUrl=site.queue("retry", STANDBY), MessageBody=body)

        def given_up() -> None:
            assert parked(site) == 2

        eventually(given_up)
    yield
    queues.purge_queue(QueueUrl=site.queue("dead_letter", STANDBY))


def test_a_fenced_region_is_refused(site: Site) -> None:
    table = site.aws("dynamodb", STANDBY)
    said = {"by": "tests", "at": "2026-01-31T12:00:00.000Z"}
    set_fence(table, site.table, STANDBY, reason="test", **said)
    try:
        ended = dr(site, "redrive", "standby", "--yes", "--output", "text")
    finally:
        clear_fence(table, site.table, STANDBY, reason="over", **said)
    assert ended.status == 2
    assert f"{STANDBY} must be open" in ended.errors
    assert "FENCED" in ended.output  # the topology before
    assert parked(site) == 2


def test_a_dry_run_leaves_them_for_others_to_see(site: Site) -> None:
    ended = dr(site, "redrive", "standby", "--dry-run")
    assert ended.document["counts"]["would be redriven"] == 1, ended.errors
    url = site.queue("dead_letter", STANDBY)
    seen = site.aws("sqs", STANDBY).get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    assert seen["Attributes"]["ApproximateNumberOfMessages"] == "2"


def test_the_payment_is_stored_where_it_began_and_the_rest_stays(site: Site, payment: dict[str, Any]) -> None:
    ended = dr(site, "redrive", "standby", "--yes", "--rate", "100")
    assert ended.status == 1, ended.errors
    assert (ended.document["counts"]["redriven"], ended.document["counts"]["malformed"]) == (1, 1)

    def stored() -> dict[str, Any]:
        item = site.stored(STANDBY, payment["transactionId"])
        assert item is not None
        return item

    item = eventually(stored)
    assert (item["amount"], item["region"]) == ({"N": "1.23"}, {"S": PRIMARY})
    assert parked(site) == 1
