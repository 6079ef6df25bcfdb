"""Leaving out faults until every one that is left is needed."""

from collections.abc import Iterable

import pytest

from simulation.nemesis.schedule import PlannedFault
from simulation.shrinking import shrunk


def faults(names: Iterable[str]) -> list[PlannedFault]:
    return [PlannedFault(name, float(number), number + 1.0, number) for number, name in enumerate(names)]


def kinds(planned: list[PlannedFault]) -> str:
    return "".join(fault.kind for fault in planned)


@pytest.mark.parametrize("needed", ["a", "h", "ah", "cde", "abcdefgh", ""])
def test_only_what_is_needed_is_left(needed: str) -> None:
    assert kinds(shrunk(faults("abcdefgh"), lambda planned: set(needed) <= set(kinds(planned)))) == needed


def test_no_single_fault_can_be_left_out() -> None:
    def fails(planned: list[PlannedFault]) -> bool:
        return len(planned) >= 3 and "b" in kinds(planned)

    left = shrunk(faults("abcdefg"), fails)
    assert len(left) == 3
    assert "b" in kinds(left)


def test_halves_are_tried_first() -> None:
    tried: list[int] = []

    def fails(planned: list[PlannedFault]) -> bool:
        tried.append(len(planned))
        return "a" in kinds(planned)

    shrunk(faults("abcdefghijklmnop"), fails)
    assert tried[0] == 8
    assert len(tried) < 16


def test_an_empty_schedule_stays_empty() -> None:
    assert shrunk([], lambda _: True) == []
