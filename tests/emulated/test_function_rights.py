"""Every right of every function is needed: taken away, the function fails, and fails as it should."""

from typing import Any, ClassVar

import pytest

from contract.environment import BACKUP_COMPLETE, BACKUP_PREFIX, BACKUPS_EVENT, GLASS_PREFIX, Function
from handlers.writer.changes import take_over
from sandbox.payer import RequestSender
from tests.emulated.events import MESSAGE_ID, PROBE, WRITER, queue_event
from tests.emulated.faults import closed_to_api, right, statements, variables, without_rights
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.records import keys, log_lines, log_records
from tests.emulated.role_statements import (
    CONSUME,
    CONTROL_GET,
    CONTROL_PUT,
    CONTROL_UPDATE,
    DELETE,
    DESCRIBE,
    GET,
    LIST,
    LOGS,
    PARAMETER,
    PUBLISH,
    PUT,
    RIGHTS,
    SEND,
    UPDATE,
)
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.table_proxy import payments_away
from tests.emulated.waiting import eventually
from tests.emulated.writing import change, current_writer, move_writer, pay

pytestmark = pytest.mark.may_be_refused

MINUTES = 300
"""A hang, not a limit: the schedule starts a ticker each minute."""

DEALT_WITH: dict[str, Any] = {"batchItemFailures": []}

EVENTS: dict[Function, dict[str, Any]] = {
    Function.PAYMENT_API: PROBE,
    Function.PROBES: WRITER,
    Function.RETRY_WORKER: queue_event("{}"),
    Function.TRANSACTION_LOG: {"Records": []},
}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("function", list(Function))
def test_a_role_has_these_rights_and_no_others(site: Site, function: Function, region: str) -> None:
    held = [right(statement) for statement in statements(site, site.name(function, region))]
    assert sorted(map(sorted, held)) == sorted(map(sorted, RIGHTS[function]))


@pytest.mark.parametrize("function", list(EVENTS))
def test_without_logs_no_line_is_left(site: Site, function: Function) -> None:
    with without_rights(site, function, STANDBY, LOGS):
        before = len(log_lines(site, function, STANDBY))
        site.invoke(function, STANDBY, EVENTS[function])
        assert len(log_lines(site, function, STANDBY)) == before
    site.invoke(function, STANDBY, EVENTS[function])
    assert len(log_lines(site, function, STANDBY)) > before


class TestPaymentApi:
    """The function behind the API."""

    def test_without_leave_the_api_does_not_reach_it(self, site: Site, payer: RequestSender) -> None:
        payment = new_payment()
        with closed_to_api(site, Function.PAYMENT_API, PRIMARY):
            answer = payer.post(PRIMARY, payment)
            assert (answer.status, answer.json()["type"]) == (500, "API_CONFIGURATION_ERROR")
        pay(payer, PRIMARY, payment)

    def test_without_inserting_a_payment_is_not_taken(self, site: Site, payer: RequestSender) -> None:
        payment = new_payment()
        with without_rights(site, Function.PAYMENT_API, PRIMARY, PUT):
            answer = payer.post(PRIMARY, payment)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert site.stored(PRIMARY, payment["transactionId"]) is None

    def test_without_reading_payments_it_says_of_none_that_it_is_absent(self, site: Site, payer: RequestSender) -> None:
        paid = payer.post(PRIMARY, new_payment()).json()["transactionId"]
        with without_rights(site, Function.PAYMENT_API, PRIMARY, GET):
            assert payer.get(PRIMARY, paid).status == 503
        assert payer.get(PRIMARY, paid).status == 200

    def test_without_writing_its_health_item_the_region_is_unhealthy(self, site: Site, anyone: RequestSender) -> None:
        with without_rights(site, Function.PAYMENT_API, PRIMARY, UPDATE):

            def unhealthy() -> None:  # once what each of its environments has just done is old
                assert anyone.send(PRIMARY, "GET", "/health").status == 503

            eventually(unhealthy)
        assert anyone.send(PRIMARY, "GET", "/health").status == 200

    def test_without_reading_the_writer_it_refuses_and_is_unhealthy(
        self, site: Site, payer: RequestSender, anyone: RequestSender
    ) -> None:
        with without_rights(site, Function.PAYMENT_API, PRIMARY, CONTROL_GET):

            def refused() -> None:  # once what is known of the writer is too old
                assert payer.post(PRIMARY, new_payment()).status == 503
                assert anyone.send(PRIMARY, "GET", "/health").status == 503

            eventually(refused)

    def test_payments_are_stored_without_the_right_to_raise_the_proof(self, site: Site, payer: RequestSender) -> None:
        with without_rights(site, Function.PAYMENT_API, PRIMARY, CONTROL_UPDATE):
            pay(payer, PRIMARY, new_payment())

    def test_without_sending_it_takes_nothing_while_the_table_is_away(self, site: Site, payer: RequestSender) -> None:
        with (
            without_rights(site, Function.PAYMENT_API, PRIMARY, SEND),
            payments_away(site, Function.PAYMENT_API, PRIMARY),
        ):
            assert payer.post(PRIMARY, new_payment()).status == 503


class TestRetryWorker:
    """The function behind the retry queue."""

    @pytest.fixture
    def event(self) -> dict[str, Any]:
        return queue_event(queue_message(new_payment(), PRIMARY))

    def test_without_inserting_the_attempt_is_counted_and_tried_again(self, site: Site, event: dict[str, Any]) -> None:
        with without_rights(site, Function.RETRY_WORKER, PRIMARY, PUT):
            assert site.invoke(Function.RETRY_WORKER, PRIMARY, event).payload == DEALT_WITH
            message = log_records(site, Function.RETRY_WORKER, PRIMARY)[-1]
        assert (message["message"], message["attempts"]) == ("queued payment not stored", 1)

    def test_without_reading_the_writer_the_message_stays(self, site: Site, event: dict[str, Any]) -> None:
        stays = {"batchItemFailures": [{"itemIdentifier": MESSAGE_ID}]}
        with without_rights(site, Function.RETRY_WORKER, PRIMARY, CONTROL_GET):

            def left() -> None:  # once what is known of the writer is too old
                assert site.invoke(Function.RETRY_WORKER, PRIMARY, event).payload == stays

            eventually(left)
        assert site.invoke(Function.RETRY_WORKER, PRIMARY, event).payload == DEALT_WITH

    def test_without_sending_what_cannot_be_stored_stays(self, site: Site) -> None:
        stays = {"batchItemFailures": [{"itemIdentifier": MESSAGE_ID}]}
        with without_rights(site, Function.RETRY_WORKER, PRIMARY, SEND):
            assert site.invoke(Function.RETRY_WORKER, PRIMARY, queue_event("{}")).payload == stays

    def test_without_the_parameter_it_does_not_know_the_table(self, site: Site, event: dict[str, Any]) -> None:
        with (
            without_rights(site, Function.RETRY_WORKER, PRIMARY, PARAMETER),
            # A cold start, since what it has read is kept for minutes.
            variables(site, Function.RETRY_WORKER, PRIMARY, STARTED="anew"),
        ):
            assert site.invoke(Function.RETRY_WORKER, PRIMARY, event).error
        assert site.invoke(Function.RETRY_WORKER, PRIMARY, event).error is None

    def test_without_the_queue_it_gets_nothing(self, site: Site) -> None:
        waiting = new_payment()
        with without_rights(site, Function.RETRY_WORKER, PRIMARY, CONSUME):
            send(site, PRIMARY, waiting)
            # The standby's worker, which has its rights, got two later messages, one after the other, and sent them on.
            for payment in (new_payment(), new_payment()):
                send(site, STANDBY, payment)
                await_forwarded(site, STANDBY, payment)
            assert site.stored(PRIMARY, waiting["transactionId"]) is None
        await_stored(site, PRIMARY, waiting)


def send(site: Site, region: str, payment: dict[str, Any]) -> None:
    """Put a payment into a region's retry queue."""
    message = queue_message(payment, region)
    site.aws("sqs", region).send_message(QueueUrl=site.queue("retry", region), MessageBody=message)


def await_stored(site: Site, region: str, payment: dict[str, Any]) -> None:
    """Wait until a region's replica holds a payment."""

    def stored() -> None:
        assert site.stored(region, payment["transactionId"]) is not None

    eventually(stored)


def await_forwarded(site: Site, region: str, payment: dict[str, Any]) -> None:
    """Wait until a region's worker has sent a payment on to the owner's queue."""

    def forwarded() -> None:
        records = log_records(site, Function.RETRY_WORKER, region)
        said = [each["message"] for each in records if each.get("transaction_id") == payment["transactionId"]]
        assert said == ["payment begins", "queued payment forwarded"]

    eventually(forwarded)


class TestTicker:
    """The function that is always there; automatic takeover is off while these tests take its rights away."""

    @pytest.mark.parametrize(
        ("right", "failed"),
        [
            (CONTROL_GET, "failed: reading the control table"),
            (CONTROL_PUT, "failed: writing the memory"),
            (CONTROL_UPDATE, "failed: raising the proof of fitness"),
            (GET, "failed: reading the peer's heartbeat"),
            (PUT, "failed: writing the heartbeat"),
        ],
        ids=["control-get", "control-put", "control-update", "get", "put"],
    )
    def test_without_a_right_it_says_what_failed_and_lives_on(
        self, site: Site, right: frozenset[str], failed: str
    ) -> None:
        def failures() -> int:
            records = log_records(site, Function.TICKER, STANDBY)
            return len([each for each in records if each.get("message") == failed])

        before = failures()
        with without_rights(site, Function.TICKER, STANDBY, right):

            def failing() -> None:
                assert failures() >= before + 2

            eventually(failing, within=MINUTES)

    def test_without_deleting_glass_stays(self, site: Site) -> None:
        key = {"pk": {"S": f"{GLASS_PREFIX}{STANDBY}"}}
        table = site.aws("dynamodb", STANDBY)
        broken = {"epoch": {"N": "1"}, "by": {"S": "tests"}, "reason": {"S": "test"}, "at": {"S": "-"}}
        with without_rights(site, Function.TICKER, STANDBY, DELETE):
            table.put_item(TableName=site.table, Item={**key, **broken})

            def refused() -> None:
                records = log_records(site, Function.TICKER, STANDBY)
                assert [each for each in records if "clear the glass" in each.get("message", "")]

            eventually(refused, within=MINUTES)
            assert site.item(STANDBY, key["pk"]["S"]) is not None

        def cleared() -> None:
            assert site.item(STANDBY, key["pk"]["S"]) is None

        eventually(cleared, within=MINUTES)

    def test_without_events_it_opens_all_the_same(self, site: Site) -> None:
        def failures() -> int:
            records = log_records(site, Function.TICKER, STANDBY)
            return len([each for each in records if each.get("message") == "failed: publishing events"])

        before = failures()
        with without_rights(site, Function.TICKER, STANDBY, PUBLISH):
            change(site, lambda writer, author: take_over(writer, STANDBY, author))

            def refused() -> None:
                assert current_writer(site).allows(STANDBY)
                assert failures() > before

            eventually(refused, within=MINUTES)
        move_writer(site, PRIMARY)


class TestReadinessCheck:
    """The function that judges the region that does not serve."""

    CHECKS: ClassVar = {
        "writer",
        "proofs of fitness",
        "heartbeat of the peer",
        "replica",
        "queue of dead letters",
        "queue of batches that were not logged",
        "backups",
    }

    def found(self, site: Site, region: str) -> dict[str, str]:
        before = len(log_records(site, Function.READINESS_CHECK, region))
        site.invoke(Function.READINESS_CHECK, region, {})
        records = log_records(site, Function.READINESS_CHECK, region)[before:]
        return {each["check"]: each["found"] for each in records if each.get("message") == "not ready"}

    def test_without_any_right_nothing_is_known_and_nothing_passes(self, site: Site) -> None:
        """Each check has a statement of its own, but for the writer and the proofs, which share theirs."""
        rights = RIGHTS[Function.READINESS_CHECK]
        with (
            without_rights(site, Function.READINESS_CHECK, STANDBY, *(each for each in rights if each is not LOGS)),
            variables(site, Function.READINESS_CHECK, STANDBY, STARTED="anew"),
        ):
            found = self.found(site, STANDBY)
        assert set(found) == self.CHECKS
        assert all(each.startswith("unknown: AccessDenied") for each in found.values())

    def test_with_them_the_region_that_serves_is_left_alone(self, site: Site) -> None:
        assert self.found(site, PRIMARY) == {}


class TestTransactionLog:
    """What the function needs to look at backups; the stream has a module of its own."""

    def test_without_listing_backups_their_age_is_unknown(self, site: Site) -> None:
        self.fails_to_look(site, LIST)

    def test_without_describing_the_table_it_does_not_know_since_when_there_is_none(self, site: Site) -> None:
        for region in REGIONS:
            assert not [key for key in keys(site, region, BACKUP_PREFIX) if key.endswith(BACKUP_COMPLETE)]
        self.fails_to_look(site, DESCRIBE)

    def fails_to_look(self, site: Site, right: frozenset[str]) -> None:
        def failures() -> int:
            records = log_records(site, Function.TRANSACTION_LOG, STANDBY)
            return len([each for each in records if each.get("message") == "backups not looked at"])

        before = failures()
        with (
            without_rights(site, Function.TRANSACTION_LOG, STANDBY, right),
            # A cold start, since what it has seen is kept for minutes.
            variables(site, Function.TRANSACTION_LOG, STANDBY, STARTED="anew"),
        ):
            site.invoke(Function.TRANSACTION_LOG, STANDBY, BACKUPS_EVENT)
            assert failures() > before
        before = failures()
        site.invoke(Function.TRANSACTION_LOG, STANDBY, BACKUPS_EVENT)
        assert failures() == before
