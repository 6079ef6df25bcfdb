"""What a planned move waits for, and when it is expected to end."""

from dataclasses import replace

import pytest

from contract.deadlines import SETTLE_SECONDS
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.readiness.awaited_move import AwaitedMove
from operations.readiness.awaiting import AwaitedEnd, SettlingLag, awaited, ready_at
from operations.timestamps import epoch_seconds
from operations.topology.model import HeartbeatReading, QueueDepth, Topology
from operations.topology.readings import Known, Unknown
from operations.topology.regional import RECENT_SECONDS
from tests.unit.operations.plans.topologies import (
    AT,
    TAKEN_OVER,
    closing,
    loss,
    topology,
    with_queue,
    with_region,
    without,
)

FAILBACK, SWITCHOVER = AwaitedMove.FAILBACK, AwaitedMove.SWITCHOVER
BACK = (Role.STANDBY, Role.PRIMARY)
BEGAN = epoch_seconds(AT) or 0.0
NOW = BEGAN + 1
NO_LOSS = loss(Role.STANDBY)
DEAD_LETTER = with_queue(TAKEN_OVER, Role.STANDBY, QueueKind.DEAD_LETTER, Known(QueueDepth(1, 0, 0)))


def lagging(base: Topology = TAKEN_OVER, seconds: float = 12.0) -> Topology:
    return replace(base, lag={**base.lag, BACK: Known(seconds)})


def left(told: Topology, move: AwaitedMove = FAILBACK) -> tuple[AwaitedEnd, ...]:
    return awaited(move, told, None, SettlingLag(), now=NOW)


def test_nothing_is_left_when_a_failback_can_begin() -> None:
    assert awaited(FAILBACK, TAKEN_OVER, NO_LOSS, SettlingLag(), now=NOW) == ()


def test_a_switchover_goes_to_the_other_region() -> None:
    assert left(topology(), SWITCHOVER) == ()
    (end,) = left(with_region(topology(), Role.STANDBY, health=Known(value=False)), SWITCHOVER)
    assert end.obstacle.precondition == "us-east-2 must be fit"


def test_slow_replication_is_expected_to_settle_when_its_window_has_passed() -> None:
    (end,) = left(lagging())
    assert end.obstacle.found == "12.0 s"
    assert end.expected_at == NOW + RECENT_SECONDS


def test_time_of_an_emulator_passes_faster() -> None:
    (end,) = left(replace(lagging(seconds=30), time_scale=10.0))
    assert end.expected_at == NOW + RECENT_SECONDS / 10


@pytest.mark.parametrize(
    "told",
    [DEAD_LETTER, replace(TAKEN_OVER, lag={**TAKEN_OVER.lag, BACK: Unknown("no datapoint")})],
    ids=["what a person must do", "unknown lag"],
)
def test_end_of_other_obstacles_is_not_known(told: Topology) -> None:
    (end,) = left(told)
    assert end.expected_at is None


def test_payments_that_are_late_are_waited_for() -> None:
    late = loss(Role.STANDBY, count=1, oldest=9.0)
    (end,) = awaited(FAILBACK, TAKEN_OVER, late, SettlingLag(), now=NOW)
    assert end.obstacle.found == "9.0 s"


@pytest.mark.parametrize(
    ("kind", "seconds"), [(ClosingKind.PLANNED, 30), (ClosingKind.TAKEOVER, SETTLE_SECONDS), (ClosingKind.HELD, None)]
)
def test_a_closing_ends_when_it_announced_to(kind: ClosingKind, seconds: int | None) -> None:
    (end,) = left(topology(writer=closing(kind, Role.STANDBY)))
    assert end.obstacle.precondition == "the writer must be open"
    assert end.expected_at == (None if seconds is None else BEGAN + seconds)


def test_a_closing_that_is_overdue_ends_at_no_known_time() -> None:
    told = topology(writer=closing(ClosingKind.PLANNED, Role.STANDBY))
    (end,) = awaited(FAILBACK, told, None, SettlingLag(), now=BEGAN + 31)
    assert end.expected_at is None


def test_a_malformed_time_is_not_known() -> None:
    (end,) = left(topology(writer=closing(ClosingKind.TAKEOVER, Role.STANDBY, at="noon")))
    assert end.expected_at is None


def test_a_lost_region_is_one_cause() -> None:
    (end,) = left(without(TAKEN_OVER, Role.PRIMARY))
    assert end.obstacle.precondition == "us-east-1 must answer"
    assert end.expected_at is None


def test_each_sign_of_slow_replication_ends_by_itself() -> None:
    late = {**TAKEN_OVER.primary.heartbeats, Role.STANDBY: Known(HeartbeatReading(at=0, age=90, release="r"))}
    lag, heartbeat = left(with_region(lagging(), Role.PRIMARY, heartbeats=late))
    assert (lag.expected_at, heartbeat.expected_at) == (NOW + RECENT_SECONDS, None)


class TestReadyAt:
    """The time at which the last precondition holds."""

    def test_it_is_the_latest(self) -> None:
        both = left(lagging(topology(writer=closing(ClosingKind.PLANNED, Role.STANDBY))))
        assert len(both) == 2
        assert ready_at(both) == NOW + RECENT_SECONDS

    def test_it_is_unknown_while_one_is(self) -> None:
        assert ready_at(left(lagging(DEAD_LETTER))) is None

    def test_without_a_writer_it_is_unknown(self) -> None:
        dark = TAKEN_OVER
        for role in Role:
            dark = with_region(dark, role, control=Unknown("no connection"))
        assert left(dark)
        assert ready_at(left(dark)) is None


class TestSettlingLag:
    """The maximum of the last minutes falls when its slowest datapoint leaves the window."""

    def settling(self) -> SettlingLag:
        lag = SettlingLag()
        lag.expected_at(Known(20.0), now=NOW, scale=1)
        return lag

    def test_the_time_stays_while_nothing_gets_slower(self) -> None:
        assert self.settling().expected_at(Known(20.0), now=NOW + 60, scale=1) == NOW + RECENT_SECONDS

    def test_it_moves_when_replication_gets_slower(self) -> None:
        assert self.settling().expected_at(Known(21.0), now=NOW + 60, scale=1) == NOW + 60 + RECENT_SECONDS

    def test_it_moves_when_the_window_has_passed_in_vain(self) -> None:
        later = NOW + RECENT_SECONDS
        assert self.settling().expected_at(Known(20.0), now=later, scale=1) == later + RECENT_SECONDS
