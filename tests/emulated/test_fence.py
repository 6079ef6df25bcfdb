"""The fence: set in the standby's replica, it stops the primary, and is the switch that DNS follows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from client.https import Response
from emulator.payer import Payer
from handlers.deadlines import FENCE_CACHE_SECONDS
from handlers.environment import Function
from handlers.payments.fence import FenceChange
from tests.emulated.fencing import await_answer, fence_primary, primary_fence, unfence_primary
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.records import log_records
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually


def test_clearing_it_brings_the_primary_back_and_counts(site: Site, payer: Payer, anyone: Payer) -> None:
    before = primary_fence(site)
    closed = fence_primary(site)
    await_answer(payer, 503)
    opened = unfence_primary(site, payer)
    assert [closed.fence.epoch, opened.fence.epoch] == [before.epoch + 1, before.epoch + 2]
    assert anyone.send(STANDBY, "GET", "/takeover").status == 404


@dataclass(frozen=True)
class Fenced:
    """The primary's fence as it was set, and what the primary answered to one payment after the other since."""

    change: FenceChange
    sent: list[tuple[str, float, Response]]
    """Transaction id, seconds since the fence was set when it was sent, answer."""

    @property
    def refused(self) -> list[tuple[str, float, Response]]:
        """What was not taken."""
        return [each for each in self.sent if each[2].status == 503]


@pytest.fixture(scope="module")
def fenced(site: Site, payer: Payer) -> Iterator[Fenced]:
    """Payments go on at the primary while its fence is set at the standby; cleared again at the end."""
    change = fence_primary(site)

    def arrived() -> None:
        assert primary_fence(site, PRIMARY).fenced

    eventually(arrived)
    began, sent = time.monotonic(), []
    while time.monotonic() < began + FENCE_CACHE_SECONDS + 1:
        payment, at = new_payment(), time.monotonic() - began
        sent.append((payment["transactionId"], at, payer.post(PRIMARY, payment)))
    yield Fenced(change, sent)
    unfence_primary(site, payer)


class TestFencedPrimary:
    """What the primary does once its fence has arrived."""

    def test_it_takes_nothing_once_its_knowledge_is_too_old(self, fenced: Fenced) -> None:
        assert fenced.refused
        assert [sent for _, sent, answer in fenced.sent if answer.status == 201 and sent > FENCE_CACHE_SECONDS] == []

    def test_it_goes_on_refusing(self, fenced: Fenced) -> None:
        # Until then its execution environments differ: each has read the fence at a moment of its own.
        late = {answer.status for _, sent, answer in fenced.sent if sent > FENCE_CACHE_SECONDS}
        assert late == {503}

    def test_a_refusal_says_when_to_try_again(self, fenced: Fenced) -> None:
        answer = fenced.refused[0][2]
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json() == {"message": "the region takes no payments"}

    def test_it_stored_what_it_took_and_nothing_that_it_refused(self, site: Site, fenced: Fenced) -> None:
        stored = {id_: site.stored(PRIMARY, id_) is not None for id_, _, _ in fenced.sent}
        assert stored == {id_: answer.status == 201 for id_, _, answer in fenced.sent}

    def test_replays_are_refused_too(self, payer: Payer, fenced: Fenced) -> None:
        taken = new_payment()
        assert payer.post(STANDBY, taken).status == 201
        assert payer.post(PRIMARY, taken).status == 503

    def test_it_can_still_be_read_and_is_healthy(self, payer: Payer, anyone: Payer, fenced: Fenced) -> None:
        taken = new_payment()
        payer.post(STANDBY, taken)

        def read() -> None:
            assert payer.get(PRIMARY, taken["transactionId"]).status == 200

        eventually(read)
        assert anyone.send(PRIMARY, "GET", "/health").status == 200

    def test_its_retry_queue_waits(self, site: Site, fenced: Fenced) -> None:
        payment = new_payment()
        sent = site.aws("sqs", PRIMARY).send_message(
            QueueUrl=site.queue("retry", PRIMARY), MessageBody=queue_message(payment, PRIMARY)
        )

        def left_in_the_queue() -> None:
            failures = [
                record["failure"]["error"]
                for record in log_records(site, Function.RETRY_WORKER, PRIMARY)
                if record.get("message_id") == sent["MessageId"]
            ]
            assert failures == ["FencedError"]

        eventually(left_in_the_queue)
        assert site.stored(PRIMARY, payment["transactionId"]) is None


class TestStandby:
    """What the standby does meanwhile."""

    def test_it_says_that_it_has_taken_over(self, anyone: Payer, fenced: Fenced) -> None:
        answer = anyone.send(STANDBY, "GET", "/takeover")
        assert (answer.status, answer.json()) == (200, {"takeover": True, "region": STANDBY})

    def test_the_primary_has_taken_nothing_over(self, anyone: Payer, fenced: Fenced) -> None:
        assert anyone.send(PRIMARY, "GET", "/takeover").status == 404

    def test_it_takes_payments(self, payer: Payer, fenced: Fenced) -> None:
        assert payer.post(STANDBY, new_payment()).status == 201


class TestEpoch:
    """Every change of the fence is counted; setting what is set changes nothing."""

    def test_setting_it_again_changes_nothing(self, site: Site, fenced: Fenced) -> None:
        again = fence_primary(site)
        assert not again.changed
        assert again.fence.epoch == fenced.change.fence.epoch

    def test_it_arrived_in_the_primary(self, site: Site, fenced: Fenced) -> None:
        assert primary_fence(site, replica=PRIMARY) == fenced.change.fence
