"""What a bad release did to payers, measured in event logs made by hand, and what the verdict demands of it."""

from typing import Any

import pytest

from contract.roles import Role
from operations.drills.events import AliasSample, AnyEvent, ReleaseEnded, VersionPublished
from operations.drills.measurements import Measurements, measure
from operations.drills.released import MeasuredRelease, measure_release
from operations.drills.scenario import Expectation, ReleaseExpectation, Scenario
from operations.drills.scenario_steps import Wait
from operations.drills.verdict import NOT_MEASURED, judge
from tests.unit.operations.drills.logs import attempt, event, region_loss

FAULT = "crashes-on-instalments"
OLD, BAD = {Role.PRIMARY: "3", Role.STANDBY: "4"}, {Role.PRIMARY: "5", Role.STANDBY: "6"}


def alias(elapsed: float, role: Role, *, share: float = 0) -> AliasSample:
    """Return a look at an alias that gives a share to the bad version; 1 is all."""
    if share == 1:
        return event(AliasSample, elapsed, role=role, version=BAD[role])
    return event(AliasSample, elapsed, role=role, version=OLD[role], weights={BAD[role]: share} if share else {})


def answered(elapsed: float, payment: str, *, status: int | None = 201, planted: bool = False) -> AnyEvent:
    return attempt(elapsed, payment, status=status).model_copy(update={"planted": FAULT if planted else ""})


def release(*, failing: int = 3, back: float = 62.0, listed: tuple[str, ...] | None = None) -> list[AnyEvent]:
    """Return a release of a bad version that meets 1 % from 40 s on and is put back.

    One payment a second; from 50 s on some fail, a second apart, and are replayed by the version before.
    """
    stored = ("shown", *(f"died-{number}" for number in range(failing)))
    events: list[AnyEvent] = [
        *(event(VersionPublished, 20, role=role, fault=FAULT, before=OLD[role], version=BAD[role]) for role in Role),
        *(alias(second, role) for second in (21, 39) for role in Role),
        alias(30, Role.STANDBY, share=1),
        *(answered(second, f"plain-{second}") for second in range(1, 70)),
        alias(40, Role.STANDBY, share=1),
        alias(40, Role.PRIMARY, share=0.01),
        answered(45, "shown", planted=True),
        *(answered(50 + number, f"died-{number}", status=502) for number in range(failing)),
        *(answered(50.5 + number, f"died-{number}", status=200) for number in range(failing)),
        alias(back - 1, Role.PRIMARY),
        alias(back, Role.STANDBY),
        event(
            ReleaseEnded,
            back + 1,
            outcome="undone",
            reason="3 of 9 requests failed",
            judged=True,
            listed=stored if listed is None else listed,
        ),
        *(alias(back + 2, role) for role in Role),
    ]
    return sorted(events, key=lambda each: each.elapsed)


def measured(events: list[AnyEvent]) -> MeasuredRelease:
    found = measure_release(events)
    assert found
    return found


def test_without_a_published_version_there_is_nothing_to_measure() -> None:
    assert measure_release(region_loss()) is None


def test_requests_count_from_the_last_look_before_the_weight_until_both_regions_are_back() -> None:
    found = measured(release())
    # 24 plain ones from 39 s to 62 s, one marked, three that fail and three replays.
    assert (found.failing, found.requests) == (3, 24 + 1 + 6)


@pytest.mark.parametrize(("failing", "seconds"), [(3, 62 - 52), (10, 62 - 59), (11, 62 - 59)])
def test_the_way_back_is_measured_from_the_tenth_failing_request_or_the_last_of_fewer(
    failing: int, seconds: float
) -> None:
    assert measured(release(failing=failing)).put_back == pytest.approx(seconds)


def test_one_region_alone_is_not_back() -> None:
    events: list[AnyEvent] = [
        each for each in release() if not (isinstance(each, AliasSample) and each.elapsed == 62.0)
    ]
    assert measured(events).put_back == pytest.approx(64 - 52)


def test_a_region_that_is_moved_again_was_not_back() -> None:
    events = [*release(), alias(70, Role.PRIMARY, share=0.1), alias(75, Role.PRIMARY)]
    assert measured(events).put_back == pytest.approx(75 - 52)


def test_what_a_version_stored_is_known_by_its_mark_or_by_a_replay_after_it_died() -> None:
    found = measured(release(listed=("shown", "died-0")))
    assert (found.stored, found.unlisted, found.listed) == (4, 2, 2)


def test_a_replay_of_what_was_created_later_was_not_stored_by_who_died() -> None:
    more = [answered(63, "a", status=502), answered(64, "a", status=201), answered(65, "a", status=200)]
    assert measured([*release(), *more]).stored == measured(release()).stored


def test_what_was_not_seen_is_not_measured() -> None:
    events: list[AnyEvent] = [each for each in release() if not isinstance(each, AliasSample | ReleaseEnded)]
    found = measured(events)
    assert (found.put_back, found.requests, found.failing, found.both_as_before) == (None,) * 4
    assert (found.outcome, found.unlisted, found.listed) == (None,) * 3


EXPECTED = Expectation(
    serving=Role.STANDBY,
    rto={"detection": 30, "TTL": 60, "margin": 10},
    rpo=150,
    release=ReleaseExpectation(put_back=30, errors=0.1),
)
SCENARIO = Scenario.model_construct(name="mine", what="", steps=(Wait(do="wait", seconds=1),), expect=EXPECTED)


def failures(**changed: Any) -> dict[str, str]:
    """Return what fails of a drill that is as it should be but for these measurements of its release."""
    of: Measurements = measure(region_loss())
    of = of.model_copy(update={"release": measured(release()).model_copy(update={"requests": 300, **changed})})
    return {each.rule: each.measured for each in judge(of, SCENARIO, complete=True).failures}


def test_a_bad_release_that_is_put_back_passes() -> None:
    assert failures() == {}


FAILED = "requests that failed, from the first weight until both regions were back"


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("the release", {"outcome": "done"}),
        ("the release", {"judged": False}),
        ("the release", {"outcome": None}),
        ("payers met the bad version", {"answered": 0}),
        (FAILED, {"failing": 31}),
        (FAILED, {"failing": 0}),
        (FAILED, {"requests": None}),
        ("both regions back, budget", {"put_back": 30.1}),
        ("both regions back, budget", {"put_back": None}),
        ("payments that the bad version stored", {"unlisted": 1}),
        ("payments that the bad version stored", {"unlisted": None}),
        ("payments that the bad version stored", {"stored": 0}),
        ("versions in the end", {"both_as_before": False}),
        ("versions in the end", {"both_as_before": None}),
    ],
)
def test_each_rule_of_a_release_fails_alone(rule: str, changed: dict[str, Any]) -> None:
    assert list(failures(**changed)) == [rule]


def test_a_release_that_was_not_published_is_not_measured() -> None:
    findings = judge(measure(region_loss()), SCENARIO, complete=True).failures
    assert [(each.rule, each.measured) for each in findings] == [("the release", NOT_MEASURED)]


def test_incomplete_list_has_its_reason() -> None:
    of = measure(region_loss()).model_copy(
        update={"release": measured(release()).model_copy(update={"requests": 300, "unknown": ("a log was late",)})}
    )
    said = [
        each.measured for each in judge(of, SCENARIO, complete=True).findings if each.rule.startswith("payments th")
    ]
    assert said == ["4 known, 0 not listed, 4 listed; perhaps more: a log was late"]
