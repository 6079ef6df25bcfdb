"""Every right of every function is needed: taken away, the function fails, and fails as it should."""

from typing import Any

import pytest

from emulator.payer import Payer
from handlers.environment import HEARTBEAT_PREFIX, SENTINEL_PREFIX, Function
from tests.emulated.events import MESSAGE_ID, PROBE, queue_event
from tests.emulated.faults import (
    actions,
    closed_port,
    closed_to_api,
    dead_primary,
    impatient_sentinel,
    set_variables,
    statements,
    variables,
    without_rights,
)
from tests.emulated.fencing import primary_fence
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.records import log_lines
from tests.emulated.rights import CONSUME, GET, LOGS, PARAMETER, PUT, RIGHTS, SEND, SENTINEL_IN_PRIMARY, UPDATE
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually

pytestmark = pytest.mark.may_be_refused

EVENTS: dict[Function, dict[str, Any]] = {
    Function.PAYMENT_API: PROBE,
    Function.RETRY_WORKER: queue_event("{}"),
    Function.TRANSACTION_LOG: {"Records": []},
    Function.HEARTBEAT: {},
    Function.SENTINEL: {},
}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("function", list(Function))
def test_a_role_has_these_rights_and_no_others(site: Site, function: Function, region: str) -> None:
    observes = (function, region) == (Function.SENTINEL, PRIMARY)
    expected = SENTINEL_IN_PRIMARY if observes else RIGHTS[function]
    held = [actions(statement) for statement in statements(site, site.name(function, region))]
    assert sorted(map(sorted, held)) == sorted(map(sorted, expected))


@pytest.mark.parametrize("function", list(Function))
def test_without_logs_no_line_is_left(site: Site, function: Function) -> None:
    with without_rights(site, function, STANDBY, LOGS):
        before = len(log_lines(site, function, STANDBY))
        site.invoke(function, STANDBY, EVENTS[function])
        assert len(log_lines(site, function, STANDBY)) == before
    site.invoke(function, STANDBY, EVENTS[function])
    assert len(log_lines(site, function, STANDBY)) > before


class TestPaymentApi:
    """The function behind the API."""

    def test_without_leave_the_api_does_not_reach_it(self, site: Site, payer: Payer, anyone: Payer) -> None:
        payment = new_payment()
        with closed_to_api(site, Function.PAYMENT_API, STANDBY, "POST/payment"):
            answer = payer.post(STANDBY, payment)
            assert (answer.status, answer.json()["type"]) == (500, "API_CONFIGURATION_ERROR")
            assert anyone.send(STANDBY, "GET", "/health").status == 200
        assert payer.post(STANDBY, payment).status == 201

    def test_without_inserting_a_payment_is_not_taken(self, site: Site, payer: Payer) -> None:
        payment = new_payment()
        with without_rights(site, Function.PAYMENT_API, STANDBY, PUT):
            answer = payer.post(STANDBY, payment)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert site.stored(STANDBY, payment["transactionId"]) is None

    def test_without_reading_it_does_not_know_its_fence_and_queues(
        self, site: Site, payer: Payer, anyone: Payer
    ) -> None:
        with without_rights(site, Function.PAYMENT_API, STANDBY, GET):

            def queued() -> None:  # once what is known of the fence is too old
                assert payer.post(STANDBY, new_payment()).status == 202

            eventually(queued)
            assert anyone.send(STANDBY, "GET", "/health").status == 503

    def test_without_sending_it_takes_nothing_while_the_table_is_away(self, site: Site, payer: Payer) -> None:
        with (
            without_rights(site, Function.PAYMENT_API, STANDBY, SEND),
            variables(site, Function.PAYMENT_API, STANDBY, AWS_ENDPOINT_URL_DYNAMODB=closed_port()),
        ):
            assert payer.post(STANDBY, new_payment()).status == 503


class TestRetryWorker:
    """The function behind the retry queue."""

    @pytest.fixture
    def event(self) -> dict[str, Any]:
        return queue_event(queue_message(new_payment(), STANDBY))

    @pytest.mark.parametrize("right", [PUT, GET], ids=["inserting", "reading-the-fence"])
    def test_without_the_table_the_message_stays(
        self, site: Site, event: dict[str, Any], right: frozenset[str]
    ) -> None:
        stays = {"batchItemFailures": [{"itemIdentifier": MESSAGE_ID}]}
        with without_rights(site, Function.RETRY_WORKER, STANDBY, right):

            def left() -> None:  # once what is known of the fence is too old
                assert site.invoke(Function.RETRY_WORKER, STANDBY, event).payload == stays

            eventually(left)
        assert site.invoke(Function.RETRY_WORKER, STANDBY, event).payload == {"batchItemFailures": []}

    def test_without_the_parameter_it_does_not_know_the_table(self, site: Site, event: dict[str, Any]) -> None:
        with without_rights(site, Function.RETRY_WORKER, STANDBY, PARAMETER):
            # A cold start, since what it has read is kept for minutes.
            set_variables(site, Function.RETRY_WORKER, STANDBY, site.environment(Function.RETRY_WORKER, STANDBY))
            assert site.invoke(Function.RETRY_WORKER, STANDBY, event).error
        assert site.invoke(Function.RETRY_WORKER, STANDBY, event).error is None

    def test_without_the_queue_it_gets_nothing(self, site: Site) -> None:
        waiting = new_payment()
        with without_rights(site, Function.RETRY_WORKER, STANDBY, CONSUME):
            send(site, STANDBY, waiting)
            # The primary's worker, which has its rights, got two later messages, one after the other.
            for payment in (new_payment(), new_payment()):
                send(site, PRIMARY, payment)
                await_stored(site, PRIMARY, payment)
            assert site.stored(STANDBY, waiting["transactionId"]) is None
        await_stored(site, STANDBY, waiting)


def send(site: Site, region: str, payment: dict[str, Any]) -> None:
    """Put a payment into a region's retry queue."""
    message = queue_message(payment, region)
    site.aws("sqs", region).send_message(QueueUrl=site.queue("retry", region), MessageBody=message)


def await_stored(site: Site, region: str, payment: dict[str, Any]) -> None:
    """Wait until a region's replica holds a payment."""

    def stored() -> None:
        assert site.stored(region, payment["transactionId"]) is not None

    eventually(stored)


def test_without_writing_there_is_no_heartbeat(site: Site) -> None:
    key = f"{HEARTBEAT_PREFIX}{STANDBY}"
    with without_rights(site, Function.HEARTBEAT, STANDBY, PUT):
        before = site.item(STANDBY, key)
        assert site.invoke(Function.HEARTBEAT, STANDBY).error
        assert site.item(STANDBY, key) == before
    assert site.invoke(Function.HEARTBEAT, STANDBY).error is None


class TestSentinel:
    """The function that watches the peer."""

    @pytest.mark.parametrize("right", [GET, PARAMETER], ids=["reading", "parameters"])
    def test_without_its_inputs_it_fails(self, site: Site, right: frozenset[str]) -> None:
        with without_rights(site, Function.SENTINEL, STANDBY, right):
            assert site.invoke(Function.SENTINEL, STANDBY).error
        assert site.invoke(Function.SENTINEL, STANDBY).error is None

    def test_without_reading_the_primarys_fails_too(self, site: Site) -> None:
        with without_rights(site, Function.SENTINEL, PRIMARY, GET):
            assert site.invoke(Function.SENTINEL, PRIMARY).error
        assert site.invoke(Function.SENTINEL, PRIMARY).error is None

    def test_without_writing_it_cannot_remember(self, site: Site) -> None:
        key = f"{SENTINEL_PREFIX}{STANDBY}"
        with without_rights(site, Function.SENTINEL, STANDBY, PUT):
            site.aws("dynamodb", STANDBY).delete_item(TableName=site.table, Key={"pk": {"S": key}})
            assert site.invoke(Function.SENTINEL, STANDBY).error
            assert site.item(STANDBY, key) is None
        assert site.invoke(Function.SENTINEL, STANDBY).error is None
        assert site.item(STANDBY, key) is not None

    def test_without_updating_it_cannot_fence_the_primary(self, site: Site, armed: None) -> None:
        with (
            without_rights(site, Function.SENTINEL, STANDBY, UPDATE),
            impatient_sentinel(site),
            dead_primary(site),
        ):

            def failed() -> None:
                assert site.invoke(Function.SENTINEL, STANDBY).error

            eventually(failed)
            assert not primary_fence(site).fenced
