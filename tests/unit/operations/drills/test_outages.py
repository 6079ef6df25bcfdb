"""Outages, whatever the order of successes and failures."""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from contract.roles import Role
from operations.drills.events import DnsSample, FaultChange
from operations.drills.outages import outages, recovery
from tests.unit.operations.drills.logs import attempt, dns, event

ANSWERS = st.lists(st.sampled_from([201, 200, 202, 400, 409, 500, 503, None]), max_size=30)


def fault(elapsed: float) -> FaultChange:
    return event(FaultChange, elapsed, id="loss", says="region-down", active=True)


@given(ANSWERS)
def test_each_unbroken_row_of_failures_is_one_outage(answers: list[int | None]) -> None:
    attempts = [attempt(second, "p", status=status) for second, status in enumerate(answers, start=1)]
    rows = [(good, len(list(row))) for good, row in groupby(each.acknowledged for each in attempts)]
    assert [each.failures for each in outages(attempts, [])] == [length for good, length in rows if not good]


@given(ANSWERS)
def test_outages_follow_each_other_and_only_the_last_may_have_no_end(answers: list[int | None]) -> None:
    found = outages([attempt(second, "p", status=status) for second, status in enumerate(answers, start=1)], [])
    assert all(each.ended is not None for each in found[:-1])
    moments = [moment for each in found for moment in (each.began, each.ended) if moment is not None]
    assert moments == sorted(moments)


@given(ANSWERS, st.lists(st.tuples(st.floats(0, 40), st.sampled_from([*Role, None])), max_size=20))
def test_the_parts_of_a_recovery_are_never_negative_and_add_up(
    answers: list[int | None], answered: list[tuple[float, Role | None]]
) -> None:
    samples: list[DnsSample] = [dns(at, role) for at, role in sorted(answered, key=lambda each: each[0])]
    attempts = [
        attempt(second, "p", status=status, role=Role.STANDBY if second % 3 else Role.PRIMARY)
        for second, status in enumerate(answers, start=1)
    ]
    for outage in outages(attempts, []):
        found = recovery(outage, attempts, samples)
        assert (found is None) == (outage.ended is None)
        if found is not None and found.detection is not None:
            parts = [found.detection, found.dns or 0, found.first_success or 0]
            assert min(parts) >= 0
            assert abs(sum(parts) - found.seconds) < 1e-6


def test_an_outage_begins_with_the_last_success() -> None:
    (found,) = outages([attempt(5, "a"), attempt(8, "b", status=None), attempt(9, "b")], [])
    assert (found.began, found.ended) == (5, 9)


def test_or_with_the_fault_if_that_came_later() -> None:
    (found,) = outages([attempt(5, "a"), attempt(8, "b", status=None), attempt(9, "b")], [fault(7)])
    assert found.began == 7


def test_a_fault_during_an_attempt_counts() -> None:
    (found,) = outages([attempt(5, "a"), attempt(8, "b", status=None, began=6), attempt(9, "b")], [fault(7)])
    assert found.began == 7
