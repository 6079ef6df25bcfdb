"""Stored points become the datapoints of periods."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cloudwatch.alarms.datapoints import MetricQuery, Windows, datapoints, known_statistic
from emulator.cloudwatch.alarms.metric_points import MetricPoints

START = 1_700_000_040.0  # a full minute


def points(*moments_and_values: tuple[float, float], **more: Any) -> MetricPoints:
    found = MetricPoints()
    for after, value in moments_and_values:
        found.append({"Timestamp": START + after, "Value": value, "Unit": "None", **more})
    return found


def values(found: MetricPoints, statistic: str, windows: Windows, unit: str | None = None) -> list[float | None]:
    query = MetricQuery("Shop", "Orders", {}, statistic, unit)
    return [None if point is None else point.value for point in datapoints(found, query, windows)]


MINUTES = Windows(end=START + 180, seconds=60, count=3)


class TestPeriods:
    """Which period a point belongs to."""

    def test_a_period_has_its_start_and_not_its_end(self) -> None:
        found = points((-0.1, 1), (0, 2), (59.9, 3), (60, 4), (180, 5))
        assert values(found, "Sum", MINUTES) == [5, 4, None]

    def test_a_faster_emulator_has_shorter_ones(self) -> None:
        found = points((0.5, 1), (1.5, 2), (2.5, 4))
        assert values(found, "Sum", Windows(end=START + 3, seconds=1, count=3)) == [1, 2, 4]

    def test_points_that_come_late_count_where_they_belong(self) -> None:
        assert values(points((130, 4), (10, 1), (70, 2)), "Sum", MINUTES) == [1, 2, 4]

    def test_each_datapoint_says_when_it_starts_and_of_how_many_values_it_is(self) -> None:
        found = datapoints(points((61, 1), (62, 1)), MetricQuery("S", "O", {}, "Sum", None), MINUTES)
        assert [(point.start, point.samples) for point in found if point] == [(START + 60, 2)]


class TestStatistics:
    """What is made of the points of one period."""

    @pytest.mark.parametrize(
        ("statistic", "value"),
        [("Sum", 10), ("Average", 2.5), ("Minimum", 1), ("Maximum", 4), ("SampleCount", 4), ("p50", 2.5), ("p100", 4)],
    )
    def test_of_values(self, statistic: str, value: float) -> None:
        found = points((0, 1), (10, 4), (20, 3), (30, 2))
        assert values(found, statistic, Windows(START + 60, 60, 1)) == [value]

    def test_of_counted_values(self) -> None:
        assert values(points((0, 5), Count=3.0), "Sum", MINUTES)[0] == 15

    def test_of_a_statistic_set(self) -> None:
        found = points((0, 0), _stat={"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4})
        assert [values(found, each, MINUTES)[0] for each in ("Average", "Maximum", "p99")] == [2.5, 4, None]

    def test_a_unit_narrows_the_points(self) -> None:
        found = points((0, 5))
        found.append({"Timestamp": START + 1, "Value": 7.0, "Unit": "Seconds"})
        assert values(found, "Sum", MINUTES)[0] == 12
        assert values(found, "Sum", MINUTES, unit="Seconds")[0] == 7

    @pytest.mark.parametrize("name", ["p0", "p50", "p99.9", "p100", "Average", "SampleCount"])
    def test_known(self, name: str) -> None:
        assert known_statistic(name)

    @pytest.mark.parametrize("name", ["p101", "p", "p-1", "P50", "IQM", "TM(1%:9%)", "average", ""])
    def test_unknown(self, name: str) -> None:
        assert not known_statistic(name)


moments = st.lists(st.floats(0, 1000), max_size=30)


@given(moments, st.floats(0, 1000), st.floats(0, 1000))
def test_points_are_found_as_if_all_were_read(appended: list[float], start: float, end: float) -> None:
    found = MetricPoints()
    for moment in appended:
        found.append({"Timestamp": moment})
    start, end = sorted((start, end))
    assert [point["Timestamp"] for point in found] == sorted(appended)
    assert [point["Timestamp"] for point in found.between(start, end)] == sorted(
        moment for moment in appended if start <= moment < end
    )
    found.drop_before(start)
    assert [point["Timestamp"] for point in found] == sorted(moment for moment in appended if moment >= start)
