"""The writer item: closed, it stops its owner; moved, the other region stores, and DNS and queues follow."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from client.https import Response
from contract.deadlines import KNOWLEDGE_VALID_SECONDS
from handlers.writer.item import Writer
from sandbox.payer import RequestSender
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, current_writer, hold_writer, move_writer, open_again, pay


@pytest.mark.parametrize("region", REGIONS)
def test_both_regions_read_the_same_writer(site: Site, region: str) -> None:
    assert current_writer(site, region) == current_writer(site)


def test_standby_refuses_while_the_primary_owns(payer: RequestSender) -> None:
    answer = payer.post(STANDBY, new_payment())
    assert answer.status == 503
    assert answer.json()["writer"]["region"] == PRIMARY


@dataclass(frozen=True)
class ClosedWriter:
    """A writer that is held, and what its owner answered to one payment after the other since."""

    writer: Writer
    sent: list[tuple[str, float, Response]]
    """Transaction id, seconds since the closing when it was sent, answer."""

    @property
    def refused(self) -> list[tuple[str, float, Response]]:
        """Payments that were not taken."""
        return [each for each in self.sent if each[2].status == 503]


@pytest.fixture(scope="class")
def closed(site: Site, payer: RequestSender) -> Iterator[ClosedWriter]:
    """Payments go on at the primary while the writer is closed; it opens again at the end."""
    writer = hold_writer(site)
    began, sent = time.monotonic(), []
    while time.monotonic() < began + KNOWLEDGE_VALID_SECONDS + 1:
        payment, at = new_payment(), time.monotonic() - began
        sent.append((payment["transactionId"], at, payer.post(PRIMARY, payment)))
    yield ClosedWriter(writer, sent)
    open_again(site)
    await_answer(payer, 201)


class TestClosedWriter:
    """What the owner does once the writer is closed."""

    def test_it_stores_nothing_once_its_knowledge_is_too_old(self, closed: ClosedWriter) -> None:
        assert closed.refused
        assert [at for _, at, answer in closed.sent if answer.status == 201 and at > KNOWLEDGE_VALID_SECONDS] == []

    def test_it_queues_nothing(self, closed: ClosedWriter) -> None:
        assert {answer.status for _, _, answer in closed.sent} <= {201, 503}

    def test_refusal_names_the_writer_and_says_when_to_try_again(self, closed: ClosedWriter) -> None:
        answer = closed.refused[-1][2]
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["writer"] == {
            "region": PRIMARY,
            "epoch": closed.writer.epoch,
            "state": "closing",
            "kind": "held",
        }

    def test_it_stored_what_it_took_and_nothing_that_it_refused(self, site: Site, closed: ClosedWriter) -> None:
        stored = {id_: site.stored(PRIMARY, id_) is not None for id_, _, _ in closed.sent}
        assert stored == {id_: answer.status == 201 for id_, _, answer in closed.sent}

    def test_payments_can_be_read_and_absent_ones_are_not_denied(
        self, payer: RequestSender, closed: ClosedWriter
    ) -> None:
        taken = next(id_ for id_, _, answer in closed.sent if answer.status == 201)
        assert payer.get(PRIMARY, taken).status == 200
        assert payer.get(PRIMARY, new_id("never")).status == 503

    def test_the_region_is_healthy(self, anyone: RequestSender, closed: ClosedWriter) -> None:
        assert anyone.send(PRIMARY, "GET", "/health").status == 200

    def test_dns_stays_since_the_owner_stays(self, anyone: RequestSender, closed: ClosedWriter) -> None:
        assert anyone.send(PRIMARY, "GET", "/writer").status == 200
        assert anyone.send(STANDBY, "GET", "/writer").status == 404

    def test_no_ticker_opens_what_an_operator_holds(self, site: Site, closed: ClosedWriter) -> None:
        assert current_writer(site).epoch == closed.writer.epoch


@pytest.fixture(scope="class")
def moved(site: Site, payer: RequestSender) -> Iterator[Writer]:
    """The standby owns the writer; the primary does again at the end."""
    writer = move_writer(site, STANDBY)
    await_answer(payer, 201, STANDBY)
    yield writer
    move_writer(site, PRIMARY)
    await_answer(payer, 201)


class TestMovedWriter:
    """What both regions do once the standby owns the writer."""

    def test_the_standby_stores(self, site: Site, payer: RequestSender, moved: Writer) -> None:
        payment = new_payment()
        pay(payer, STANDBY, payment)
        assert site.stored(STANDBY, payment["transactionId"]) is not None

    def test_the_primary_refuses_and_says_who_owns(self, payer: RequestSender, moved: Writer) -> None:
        answer = payer.post(PRIMARY, new_payment())
        assert answer.status == 503
        assert (answer.json()["writer"]["region"], answer.json()["writer"]["epoch"]) == (STANDBY, moved.epoch)

    def test_replays_are_refused_too(self, payer: RequestSender, moved: Writer) -> None:
        taken = new_payment()
        pay(payer, STANDBY, taken)
        assert payer.post(PRIMARY, taken).status == 503

    def test_each_region_says_who_owns(self, anyone: RequestSender, moved: Writer) -> None:
        def answered() -> None:
            answers = {region: anyone.send(region, "GET", "/writer") for region in REGIONS}
            assert {region: answer.status for region, answer in answers.items()} == {PRIMARY: 404, STANDBY: 200}
            assert {answer.json()["epoch"] for answer in answers.values()} == {moved.epoch}

        eventually(answered)

    def test_what_waits_in_the_primarys_queue_is_forwarded_and_stored_in_the_standby(
        self, site: Site, payer: RequestSender, moved: Writer
    ) -> None:
        payment = new_payment()
        site.aws("sqs", PRIMARY).send_message(
            QueueUrl=site.queue("retry", PRIMARY), MessageBody=queue_message(payment, PRIMARY)
        )

        def stored() -> None:
            assert payer.get(STANDBY, payment["transactionId"]).status == 200

        eventually(stored)
