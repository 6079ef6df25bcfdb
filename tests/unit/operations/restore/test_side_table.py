"""The side table: restored once, waited for, found again by its name, and removed."""

import pytest
from botocore.exceptions import ClientError

from operations.errors import OperationError, UsageError
from operations.restore.side_table import SideTable
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.restore.world import MOMENT, SIDE, Tables, failure


def side_table(tables: Tables, clock: FakeClock, moment: int = MOMENT) -> SideTable:
    return SideTable(tables, SITE.table_name, SITE.suffix, moment, clock)


@pytest.fixture
def tables() -> Tables:
    return Tables(restorable={"payment#a": {"pk": {"S": "payment#a"}}})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_it_is_restored_and_waited_for(tables: Tables, clock: FakeClock) -> None:
    told: list[str] = []
    tables.looks = 4
    side_table(tables, clock).ensure(told.append)
    assert list(tables.side_tables) == [SIDE]
    assert told[0] == f"{SIDE} is CREATING since 0 s"
    assert len(told) == 4


def test_one_that_is_there_is_taken_up(tables: Tables, clock: FakeClock) -> None:
    tables.side_tables[SIDE] = {}
    side_table(tables, clock).ensure(lambda _: None)
    assert tables.side_tables == {SIDE: {}}


def test_one_of_another_moment_is_refused(tables: Tables, clock: FakeClock) -> None:
    other = side_table(tables, clock, MOMENT + 1)
    tables.side_tables[other.name] = {}
    with pytest.raises(UsageError, match="it is another one"):
        other.ensure(lambda _: None)


def test_one_that_vanishes_is_begun_again_by_resume(tables: Tables, clock: FakeClock) -> None:
    tables.looks = 10
    clock.on_sleep = tables.side_tables.clear
    with pytest.raises(OperationError, match=r"is gone.*`dr restore resume`"):
        side_table(tables, clock).ensure(lambda _: None)


@pytest.mark.parametrize("code", ["LimitExceededException", "ThrottlingException"])
def test_too_many_restores_are_told(tables: Tables, clock: FakeClock, code: str) -> None:
    tables.refuses.append(failure(code))
    with pytest.raises(OperationError, match=f"no restore can begin now.*{code}"):
        side_table(tables, clock).ensure(lambda _: None)


def test_other_refusals_are_awss(tables: Tables, clock: FakeClock) -> None:
    tables.refuses.append(failure("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        side_table(tables, clock).ensure(lambda _: None)


def test_it_is_removed_however_often(tables: Tables, clock: FakeClock) -> None:
    side = side_table(tables, clock)
    side.ensure(lambda _: None)
    assert side.exists
    side.delete()
    side.delete()
    assert not side.exists
