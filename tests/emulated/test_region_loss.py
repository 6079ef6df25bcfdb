"""The primary is lost under a stream of payments, and returns: ten times as fast as real, in an emulated AWS.

The scenario runs once, and each test checks one fact of it; `pytest -s` shows the measurements.
"""

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from botocore.credentials import Credentials

from emulator import Emulator
from emulator.regions import ADDRESSES
from sandbox.payer import RequestSender
from tests.emulated.alarms import subscribed
from tests.emulated.outage import (
    LAG,
    SCALE,
    TAKEOVER,
    Story,
    await_primary,
    await_steady_state,
    let_it_return,
    lose_the_primary,
    settle,
    slow_down_replication,
    stream,
)
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.writing import move_writer, unattended

TTL_SECONDS = 60


@contextlib.contextmanager
def healed(emulator: Emulator) -> Iterator[None]:
    """Heal every fault at the end of the block, even after a failure, because the next steps need both regions."""
    try:
        yield
    finally:
        emulator.heal()


@pytest.fixture(scope="module")
def story(site: Site, payer: RequestSender, payer_credentials: Credentials) -> Iterator[Story]:
    emulator, story = site.deployment.emulator, Story()
    emulator.set_time_scale(SCALE)
    try:
        # Functions live in real time: the takeover takes its 15 s and 8 s at any scale.
        with unattended(site):
            await_steady_state(site)
            with (
                subscribed(site, PRIMARY) as primary,
                subscribed(site, STANDBY) as standby,
                healed(emulator),
                stream(site, payer_credentials, story),
            ):
                slow_down_replication(site, primary)
                lose_the_primary(site, standby, story)
                let_it_return(site, story, {PRIMARY: primary, STANDBY: standby})
            settle(site, story)
        _show(story)
        yield story
    finally:
        try:
            emulator.heal()
            move_writer(site, PRIMARY)
            await_primary(site)
        finally:
            emulator.set_time_scale(1)


def _show(story: Story) -> None:
    for what, seconds in story.figures().items():
        sys.stdout.write(f"{what}: {seconds:g} emulated seconds, at time scale {SCALE}\n")
    sys.stdout.write(f"late writes: {len(story.late)} of {len(story.acknowledged())} payments\n")


def first_and_last(story: Story, region: str) -> tuple[str, str]:
    """Return the first and last state of a region's lag alarm; on a busy machine there may be others in between."""
    states = [state for what, state in story.notifications[region] if what == LAG]
    return states[0], states[-1]


class TestAlarms:
    """Each region notifies its own topic."""

    def test_primary_raises_lag_alarm_while_it_is_up(self, story: Story) -> None:
        assert first_and_last(story, PRIMARY) == ("ALARM", "OK")

    def test_standby_raises_lag_alarm_towards_the_lost_region(self, story: Story) -> None:
        assert first_and_last(story, STANDBY) == ("ALARM", "OK")

    def test_standby_raises_takeover_alarm(self, story: Story) -> None:
        assert (TAKEOVER, "ALARM") in story.notifications[STANDBY]


class TestFailover:
    """Payments go on in the other region without an operator."""

    def test_the_region_is_lost_under_the_stream(self, story: Story) -> None:
        failed = [each.address for each in story.attempts if each.status is None and each.ended_at > story.lost_at]
        assert set(failed) == {ADDRESSES[PRIMARY]}

    def test_payers_follow_dns_within_its_ttl(self, story: Story) -> None:
        assert len(story.asked_dns_at) > 2
        assert min(later - earlier for earlier, later in pairwise(story.asked_dns_at)) >= TTL_SECONDS / SCALE

    def test_payments_go_to_the_primary_before_and_to_the_standby_after(self, story: Story) -> None:
        went = [region for region, _ in groupby(story.acknowledged(), key=lambda each: each.address)]
        assert went == [ADDRESSES[PRIMARY], ADDRESSES[STANDBY]]

    def test_the_standbys_ticker_takes_over(self, story: Story) -> None:
        assert story.writer is not None
        assert (story.writer.region, story.writer.by) == (STANDBY, f"ticker {STANDBY}")
        assert story.writer.automatic_changes == 1

    def test_nothing_fails_back_by_itself(self, story: Story) -> None:
        assert story.address_after_return == STANDBY


class TestPayments:
    """Acknowledged payments are kept."""

    def test_some_payments_were_in_flight_at_the_loss(self, story: Story) -> None:
        assert story.late

    def test_both_replicas_end_up_with_every_acknowledged_payment(self, story: Story) -> None:
        acknowledged = {each.transaction_id for each in story.acknowledged()}
        for held in story.held.values():
            assert acknowledged == {each["transactionId"]["S"] for each in held}

    def test_no_payment_is_stored_twice(self, story: Story) -> None:
        for held in story.held.values():
            assert set(Counter(each["transactionId"]["S"] for each in held).values()) == {1}

    def test_no_payment_is_acknowledged_twice(self, story: Story) -> None:
        assert set(Counter(each.transaction_id for each in story.acknowledged()).values()) == {1}
