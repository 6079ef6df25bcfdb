"""The rules of strong consistency: who serves what, and what each replica knows."""

from collections.abc import Sequence

import pytest

from emulator.dynamodb.strong_consistency.members import Members
from emulator.dynamodb.strong_consistency.replica_group import (
    ConcurrentWriteError,
    ReplicaGroup,
    ReplicaState,
    UnavailableReplicaError,
)
from tests.strong_consistency_cases import CASES, PRIMARY, STANDBY, WITNESS
from tests.strong_consistency_steps import StrongOutcome, StrongStep, check

CATCH_UP_SECONDS = 5.0
MEMBERS = Members((PRIMARY, STANDBY), WITNESS)


class GroupModel:
    """A group of replicas, with the links and the time that a case gives it."""

    def __init__(self) -> None:
        self.group: ReplicaGroup[str, str] = ReplicaGroup(MEMBERS, catch_up_seconds=CATCH_UP_SECONDS)
        self.cuts: set[tuple[str, str]] = set()
        self.lost: set[str] = set()
        self.now = 0.0

    def look(self) -> tuple[str, ...]:
        return self.group.look(self._reaches, self.now)

    def _reaches(self, source: str, destination: str) -> bool:
        return not {source, destination} & self.lost and (source, destination) not in self.cuts

    def write(self, region: str, key: str, value: str | None, *, only_if_absent: bool) -> StrongOutcome:
        self.look()
        try:
            if only_if_absent and self.group.read(region, key, strongly=True) is not None:
                return StrongOutcome.CONDITION_FAILED
            self.group.begin_write(region, key)
            self.group.commit(region, key, value)
        except UnavailableReplicaError:
            return StrongOutcome.UNAVAILABLE
        self.group.end_write(region, key)
        return StrongOutcome.STORED

    def write_at_once(self, key: str, values: Sequence[tuple[str, str]]) -> list[StrongOutcome]:
        (first, value), (second, _) = values
        self.group.begin_write(first, key)
        with pytest.raises(ConcurrentWriteError):
            self.group.begin_write(second, key)
        self.group.commit(first, key, value)
        self.group.end_write(first, key)
        return [StrongOutcome.STORED, StrongOutcome.CONFLICT]

    def read(self, region: str, key: str, *, strongly: bool) -> str | StrongOutcome | None:
        self.look()
        try:
            return self.group.read(region, key, strongly=strongly)
        except UnavailableReplicaError:
            return StrongOutcome.UNAVAILABLE

    def cut(self, source: str, destination: str, *, one_way: bool) -> None:
        self.cuts |= {(source, destination)} if one_way else {(source, destination), (destination, source)}
        self.look()

    def heal(self, source: str, destination: str) -> None:
        self.cuts -= {(source, destination), (destination, source)}
        self.look()

    def lose(self, region: str) -> None:
        self.lost.add(region)
        self.look()

    def restore(self, region: str) -> None:
        self.lost.discard(region)
        self.look()

    def catch_up(self) -> None:
        self.now += CATCH_UP_SECONDS
        self.look()


@pytest.fixture
def model() -> GroupModel:
    return GroupModel()


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_case(model: GroupModel, steps: Sequence[StrongStep]) -> None:
    check(model, steps)


class TestCatchingUp:
    """A replica that was isolated takes its time."""

    def test_it_takes_as_long_as_configured(self, model: GroupModel) -> None:
        model.lose(PRIMARY)
        model.restore(PRIMARY)
        model.now += CATCH_UP_SECONDS - 0.1
        model.look()
        assert model.group.state(PRIMARY) is ReplicaState.CATCHING_UP
        model.now += 0.1
        assert model.look() == (PRIMARY,)
        assert model.group.state(PRIMARY) is ReplicaState.CURRENT

    def test_who_was_not_isolated_has_nothing_to_catch_up(self, model: GroupModel) -> None:
        model.lose(WITNESS)
        model.restore(WITNESS)
        model.catch_up()
        assert model.look() == ()
        assert model.group.state(PRIMARY) is ReplicaState.CURRENT

    def test_both_replicas_catch_up_when_the_quorum_returns(self, model: GroupModel) -> None:
        model.cuts = {(source, other) for source in MEMBERS.regions for other in MEMBERS.regions}
        model.look()
        model.cuts = set()
        model.look()
        assert {model.group.state(region) for region in MEMBERS.replicas} == {ReplicaState.CATCHING_UP}

    def test_none_takes_no_time(self) -> None:
        group: ReplicaGroup[str, str] = ReplicaGroup(MEMBERS, catch_up_seconds=0)
        group.look(lambda _source, _destination: False, 0)
        assert group.look(lambda _source, _destination: True, 1) == MEMBERS.replicas


class TestConflicts:
    """An item is written in one region at a time."""

    def test_two_writes_of_one_region_are_no_conflict(self, model: GroupModel) -> None:
        model.group.begin_write(PRIMARY, "a")
        model.group.begin_write(PRIMARY, "a")

    def test_other_items_are_no_conflict(self, model: GroupModel) -> None:
        model.group.begin_write(PRIMARY, "a")
        model.group.begin_write(STANDBY, "b")

    def test_it_lasts_until_the_last_write_has_ended(self, model: GroupModel) -> None:
        model.group.begin_write(PRIMARY, "a")
        model.group.begin_write(PRIMARY, "a")
        model.group.end_write(PRIMARY, "a")
        with pytest.raises(ConcurrentWriteError, match="us-east-1"):
            model.group.begin_write(STANDBY, "a")
        model.group.end_write(PRIMARY, "a")
        model.group.begin_write(STANDBY, "a")

    def test_a_write_that_loses_the_quorum_is_not_committed(self, model: GroupModel) -> None:
        model.group.begin_write(PRIMARY, "a")
        model.lose(STANDBY)
        model.lose(WITNESS)
        with pytest.raises(UnavailableReplicaError, match="us-east-1 is isolated"):
            model.group.commit(PRIMARY, "a", "1")
        assert model.group.committed == {}


class TestCarrying:
    """A commit says which other replicas have it at once."""

    def test_a_current_replica_has_it(self, model: GroupModel) -> None:
        assert model.group.commit(PRIMARY, "a", "1") == (STANDBY,)

    def test_one_that_is_isolated_does_not(self, model: GroupModel) -> None:
        model.lose(STANDBY)
        assert model.group.commit(PRIMARY, "a", "1") == ()
