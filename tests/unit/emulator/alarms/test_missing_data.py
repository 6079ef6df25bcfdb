"""The CloudWatch user guide's tables on missing data, row by row, and what follows from its rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cloudwatch.alarms.evaluation import AlarmStateValue, Treatment, evaluation_range, judge

RETAINED = None
OK, ALARM, INSUFFICIENT = AlarmStateValue.OK, AlarmStateValue.ALARM, AlarmStateValue.INSUFFICIENT_DATA
MISSING, IGNORE = Treatment.MISSING, Treatment.IGNORE
BREACHING, NOT_BREACHING = Treatment.BREACHING, Treatment.NOT_BREACHING
COLUMNS = (MISSING, IGNORE, BREACHING, NOT_BREACHING)
MEANING = {"0": False, "X": True, "-": None}

Points = list[bool | None]

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, as of 2023: datapoints,
# how many must be filled, and the state by treatment. "The evaluation range is 5", Evaluation Periods is 3.
ALL_OF_THREE = [
    ("0 - X - X", 0, OK, OK, OK, OK),
    ("0 - - - -", 2, OK, OK, OK, OK),
    ("- - - - -", 3, INSUFFICIENT, RETAINED, ALARM, OK),
    ("0 X X - X", 0, ALARM, ALARM, ALARM, ALARM),
    ("- - X - -", 2, ALARM, RETAINED, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", 0, ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", 0, ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", 1, OK, OK, ALARM, OK),
    ("- - - - 0", 2, OK, OK, ALARM, OK),
    ("- - - X -", 2, ALARM, RETAINED, ALARM, OK),
]
# The edition of 2018 has two rows more, on what the later ones call premature transitions.
ALL_OF_THREE_2018 = [
    ("- - - - X", 2, INSUFFICIENT, RETAINED, ALARM, OK),
    ("X - - - -", 2, ALARM, RETAINED, ALARM, OK),
]
TWO_OF_THREE_2018 = [("- - - - X", 2, INSUFFICIENT, RETAINED, ALARM, OK)]

ROWS = [
    pytest.param(needed, row[0], treatment, row[1], state, id=f"{needed} of 3: {row[0]} {treatment}")
    for needed, table in ((3, ALL_OF_THREE + ALL_OF_THREE_2018), (2, TWO_OF_THREE + TWO_OF_THREE_2018))
    for row in table
    for treatment, state in zip(COLUMNS, row[2:], strict=True)
]


@pytest.mark.parametrize(("needed", "points", "treatment", "filled", "state"), ROWS)
def test_the_guides_tables(
    needed: int, points: str, treatment: Treatment, filled: int, state: AlarmStateValue | None
) -> None:
    seen = [MEANING[each] for each in points.split()]
    verdict = judge(seen, evaluation_periods=3, datapoints_to_alarm=needed, treatment=treatment)
    assert (verdict.state, verdict.filled) == (state, filled)


@pytest.mark.parametrize("points", ["- - - - X", "- - - X -"])
def test_one_bad_datapoint_after_silence_is_no_alarm_yet(points: str) -> None:
    """Avoiding premature transitions: "the alarm does not go immediately into ALARM state"."""
    seen = [MEANING[each] for each in points.split()]
    verdict = judge(seen, evaluation_periods=3, datapoints_to_alarm=3, treatment=MISSING)
    assert verdict.state is not ALARM


def test_the_range_of_three_periods_is_five() -> None:
    assert evaluation_range(3) == 5


treatments = st.sampled_from(COLUMNS)
real_points = st.booleans()
cases = st.integers(1, 6).flatmap(
    lambda periods: st.tuples(
        st.just(periods),
        st.integers(1, periods),
        st.lists(
            st.sampled_from([True, False, None]),
            min_size=evaluation_range(periods),
            max_size=evaluation_range(periods),
        ),
    )
)


@st.composite
def filled_cases(draw: st.DrawFn) -> tuple[int, int, Points]:
    """Draw cases that hold at least as many real datapoints as there are periods."""
    periods, needed, points = draw(cases)
    places = draw(st.permutations(range(len(points))))[:periods]
    return periods, needed, [draw(real_points) if at in places else each for at, each in enumerate(points)]


@st.composite
def alarming_cases(draw: st.DrawFn) -> tuple[int, int, Points]:
    """Draw cases whose latest real datapoints, of as many as there are periods, are bad often enough for an alarm."""
    periods, needed, points = draw(cases)
    latest = [at for at, each in enumerate(points) if each is not None][-periods:]
    missing = [at for at, each in enumerate(points) if each is None]
    latest += missing[len(missing) - max(0, needed - len(latest)) :]
    bad = draw(st.permutations(sorted(latest)))[:needed]
    return periods, needed, [True if at in bad else each for at, each in enumerate(points)]


class TestProperties:
    """What holds for every alarm."""

    @given(filled_cases(), treatments)
    def test_with_enough_data_the_treatment_does_not_matter(
        self, case: tuple[int, int, Points], treatment: Treatment
    ) -> None:
        periods, needed, points = case
        real = [each for each in points if each is not None]
        verdict = judge(points, evaluation_periods=periods, datapoints_to_alarm=needed, treatment=treatment)
        assert verdict.state is (ALARM if sum(real[-periods:]) >= needed else OK)

    @given(cases, st.lists(real_points, min_size=6, max_size=6), treatments)
    def test_n_of_n_means_all(self, case: tuple[int, int, Points], latest: list[bool], treatment: Treatment) -> None:
        periods, _, points = case
        recent = latest[-periods:]
        verdict = judge(
            [*points[:-periods], *recent], evaluation_periods=periods, datapoints_to_alarm=periods, treatment=treatment
        )
        assert (verdict.state is ALARM) == all(recent)

    @given(alarming_cases(), treatments)
    def test_enough_bad_datapoints_are_an_alarm_whatever_is_missing(
        self, case: tuple[int, int, Points], treatment: Treatment
    ) -> None:
        periods, needed, points = case
        verdict = judge(points, evaluation_periods=periods, datapoints_to_alarm=needed, treatment=treatment)
        assert verdict.state is ALARM

    @given(cases)
    def test_only_ignore_retains_and_only_missing_is_insufficient(self, case: tuple[int, int, Points]) -> None:
        periods, needed, points = case
        states = {
            each: judge(points, evaluation_periods=periods, datapoints_to_alarm=needed, treatment=each).state
            for each in COLUMNS
        }
        assert {each for each in COLUMNS if states[each] is RETAINED} <= {IGNORE}
        assert {each for each in COLUMNS if states[each] is INSUFFICIENT} <= {MISSING}

    @given(cases)
    def test_breaching_is_never_milder_than_not_breaching(self, case: tuple[int, int, Points]) -> None:
        periods, needed, points = case
        strict, mild = (
            judge(points, evaluation_periods=periods, datapoints_to_alarm=needed, treatment=each).state
            for each in (BREACHING, NOT_BREACHING)
        )
        assert mild is OK or strict is ALARM

    @given(cases, treatments)
    def test_one_bad_datapoint_more_never_ends_an_alarm(
        self, case: tuple[int, int, Points], treatment: Treatment
    ) -> None:
        periods, needed, points = case
        worse = [True if each is False else each for each in points]
        before, after = (
            judge(each, evaluation_periods=periods, datapoints_to_alarm=needed, treatment=treatment).state
            for each in (points, worse)
        )
        assert before is not ALARM or after is ALARM
