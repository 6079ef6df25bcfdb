"""When the standby takes over by itself: the truth table, and when the sentinel is armed."""

import itertools
from dataclasses import fields, replace

import pytest

from handlers.control import Heartbeat
from handlers.standby.decision import Configuration, Memory, Observation, decide, remember

CONFIGURATION = Configuration(automatic_takeover=True, peer_dead_after_seconds=180, local_payments_within_seconds=120)
DEAD = Observation(
    armed=True, own_fenced=False, peer_fenced=False, heartbeat_age=181, activity_age=120, peer_answers=False
)


class TestDecision:
    """Everything must speak for a takeover."""

    def test_a_dead_peer_while_payments_arrive_is_fenced(self) -> None:
        decision = decide(DEAD, CONFIGURATION)
        assert (decision.fence, decision.reason) == (
            True,
            "automatic takeover: no heartbeat for 181 s, endpoint dead, payments arrive here",
        )

    def test_nothing_less_than_everything_suffices(self) -> None:
        choices = {
            "armed": (True, False),
            "own_fenced": (False, True),
            "peer_fenced": (False, True),
            "heartbeat_age": (181, 180, 0, None),
            "activity_age": (120, 0, 121, None),
            "peer_answers": (False, True),
        }
        assert set(choices) == {field.name for field in fields(Observation)}
        for values in itertools.product(*choices.values()):
            seen = Observation(**dict(zip(choices, values, strict=True)))  # type: ignore[arg-type]
            everything = replace(DEAD, activity_age=seen.activity_age) == seen and seen.activity_age in {0, 120}
            assert decide(seen, CONFIGURATION).fence is everything, seen
            assert decide(seen, replace(CONFIGURATION, automatic_takeover=False)).fence is False

    @pytest.mark.parametrize(
        ("seen", "reason"),
        [
            (replace(DEAD, own_fenced=True), "the own region is fenced"),
            (replace(DEAD, peer_fenced=True), "the primary is fenced already"),
            (replace(DEAD, armed=False), "not armed: the primary has not been seen healthy with this release"),
            (replace(DEAD, heartbeat_age=None), "the primary's heartbeat is not stale"),
            (replace(DEAD, activity_age=None), "no payments arrive here"),
            (replace(DEAD, peer_answers=True), "the primary's endpoint answers"),
        ],
    )
    def test_the_reason_names_what_stands_against_it(self, seen: Observation, reason: str) -> None:
        assert decide(seen, CONFIGURATION).reason == reason


class TestArming:
    """Armed once the peer was seen healthy with the own release, since that release runs here."""

    def remember(self, memory: Memory, *, release: str = "B", peer: str | None = "B", age: float = 10) -> Memory:
        heartbeat = None if peer is None else Heartbeat(0, peer)
        return remember(
            memory,
            release=release,
            heartbeat=heartbeat,
            heartbeat_age=None if peer is None else age,
            dead_after=180,
            now="now",
        )

    def test_a_fresh_heartbeat_of_the_same_release_arms(self) -> None:
        assert self.remember(Memory()) == Memory("B", "B", "now")

    def test_armed_it_stays_when_the_heartbeat_gets_old(self) -> None:
        armed = self.remember(Memory())
        assert self.remember(armed, age=9999) == armed

    @pytest.mark.parametrize(("peer", "age"), [("B", 181), ("A", 10), (None, 0)])
    def test_nothing_else_arms(self, peer: str | None, age: float) -> None:
        assert self.remember(Memory(), peer=peer, age=age).armed is False

    def test_a_deployment_here_disarms_until_the_peer_runs_it_too(self) -> None:
        armed = self.remember(Memory())
        deployed = self.remember(armed, release="C", peer="B")
        assert deployed.armed is False
        assert self.remember(deployed, release="C", peer="C").armed is True

    def test_a_deployment_on_both_sides_disarms_until_the_peer_is_seen_healthy_again(self) -> None:
        armed = self.remember(Memory())
        assert self.remember(armed, release="C", peer="C", age=500).armed is False

    def test_a_deployment_there_disarms(self) -> None:
        assert self.remember(self.remember(Memory()), peer="C").armed is False

    def test_going_back_to_a_release_does_not_bring_back_what_was_seen_under_it(self) -> None:
        armed = self.remember(Memory())
        elsewhere = self.remember(armed, release="C", peer="B", age=500)
        assert self.remember(elsewhere, release="B", peer="B", age=500).armed is False
