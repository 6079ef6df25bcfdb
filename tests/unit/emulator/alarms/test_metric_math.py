"""Metric math against the examples of the CloudWatch user guide, "Using metric math"."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cloudwatch.alarms.metric_math import Formula
from emulator.cloudwatch.alarms.metric_math_functions import MetricMathError, Series

Values = list[float | None]


def result(expression: str, **metrics: Values) -> Values:
    formula = Formula("e1", {"e1": expression}, tuple(metrics))
    series: dict[str, Series] = {name: tuple(values) for name, values in metrics.items()}
    return list(formula.series(series))


class TestArithmetic:
    """Numbers and time series."""

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("m1 + m2", [5.0, 7.0, 2.0, None]),  # a gap counts as 0 where the other has a value
            ("m1 - m2 - 1", [-4.0, 2.0, 1.0, None]),
            ("-m1", [-1.0, -5.0, -2.0, None]),
            ("m1 + 2 * m1", [3.0, 15.0, 6.0, None]),
            ("(m1 + 2) * m1", [3.0, 35.0, 8.0, None]),
            ("m2 / m1", [4.0, 0.4, 0.0, None]),
            ("100 * m1 / m2", [25.0, 250.0, None, None]),  # what would be divided by zero is dropped
            ("m1 * 1e2 + .5", [100.5, 500.5, 200.5, None]),
            ("m1 / (1 - 1)", [None, None, None, None]),
            ("m1 + 1 / 0", [None, None, None, None]),
        ],
    )
    def test_operators(self, expression: str, expected: Values) -> None:
        assert result(expression, m1=[1.0, 5.0, 2.0, None], m2=[4.0, 2.0, None, None]) == expected

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("(metric1 < metric2)", [0, 0, 1, 0]),
            ("(metric1 >= 30)", [1, 0, 0, 0]),
            ("(metric1 > 15 AND metric2 > 15)", [1, 0, 0, 0]),
            ("metric1 > 15 && metric2 > 15 || metric1 == 20", [1, 1, 0, 0]),
            ("metric1 != 30 OR metric2 <= 20", [1, 1, 1, 1]),
        ],
    )
    def test_comparisons(self, expression: str, expected: Values) -> None:
        assert result(expression, metric1=[30, 20, 0, 0], metric2=[20, None, 20, None]) == expected


class TestFunctions:
    """IF, FILL, ABS, and the collecting functions."""

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("IF(metric1, metric2, metric3)", [30, 0, 20, None, None]),
            ("IF(metric1, 5, metric3)", [5, 5, 20, None, None]),
            ("IF(metric1, metric2, 5)", [30, 0, 5, 5, None]),
            ("IF(metric1, metric2)", [30, 0, None, None, None]),
            ("IF(1, metric2, metric3)", [30, None, 0, 0, 30]),
            ("IF(0, metric2, metric3)", [0, 0, 20, None, 20]),
            ("IF(0, metric2)", [None] * 5),
            ("IF(SUM(metric1) > 1, metric2, 7)", [30, None, 0, 0, 30]),
            ("IF(SUM(metric1) > 2, metric2, 7)", [7, 7, 7, 7, 7]),
            ("IF(1, 2, 3) * metric1", [2, 2, 0, 0, None]),
        ],
    )
    def test_if(self, expression: str, expected: Values) -> None:
        metrics: dict[str, Values] = {
            "metric1": [1, 1, 0, 0, None],
            "metric2": [30, None, 0, 0, 30],
            "metric3": [0, 0, 20, None, 20],
        }
        assert result(expression, **metrics) == expected

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("FILL(m1, 0)", [0, 4, 0, 2]),
            ("FILL(m1, REPEAT)", [None, 4, 4, 2]),
            ("SUM(FILL([m1, m2], 1))", [4, 5, 2, 3]),
            ("SUM([m1, m2])", [3, 4, None, 2]),
            ("AVG([m1, m2])", [1.5, 2, None, 1]),
            ("MAX([m1, m2])", [3, 4, None, 2]),
            ("MIN(METRICS())", [3, 4, None, 2]),
            ("m1 - MAX(m1)", [None, 0, None, -2]),
            ("m1 * AVG(m1) + SUM(m1) - MIN(m1)", [None, 16, None, 10]),
            ('SUM([METRICS("m1"), METRICS("m2")]) * 2', [6, 8, None, 4]),
            ("MAX(100 / [m1, m2])", [100 / 3, 25, None, 50]),
            ("ABS(m1 - 5)", [None, 1, None, 3]),
            ("SUM([m1, m2] * [m2, m2])", [9, 0, None, 0]),
        ],
    )
    def test_fill_and_collect(self, expression: str, expected: Values) -> None:
        assert result(expression, m1=[None, 4, None, 2], m2=[3, None, None, None]) == expected


class TestReferences:
    """Expressions that use other expressions."""

    def test_in_any_order(self) -> None:
        expressions = {"rate": "errors / all1", "all1": "good + errors", "unused": "good * 2"}
        formula = Formula("rate", expressions, ("good", "errors"))
        assert formula.series({"good": (3.0, None), "errors": (1.0, None)}) == (0.25, None)

    @pytest.mark.parametrize("expressions", [{"e1": "e1 + m1"}, {"e1": "e2 + m1", "e2": "m1 + e1"}])
    def test_no_circles(self, expressions: dict[str, str]) -> None:
        with pytest.raises(MetricMathError, match="refers to itself"):
            Formula("e1", expressions, ("m1",))


@pytest.mark.parametrize(
    "expression",
    [
        *(
            "",
            "m1 +",
            "m1 m1",
            "(m1",
            "m1)",
            "[m1",
            "m2",
            "m1 $ 2",
            "1..2",
            "M1",
            "FILL(m1)",
            "IF(m1)",
            "SUM()",
            "ABS(m1, m1)",
        ),
        *("SEARCH('{AWS/EC2} x', 'Average')", "ANOMALY_DETECTION_BAND(m1)", "RATE(m1)", "FILL(m1, LINEAR)", "m1 ^ 2"),
        *("5", "SUM(m1)", "[m1]", "METRICS()", "REPEAT", "m1 + REPEAT", "[m1, 5]", "SUM(METRICS('none'))", "SUM(5)"),
        *("[m1] * [m1, m1]", "IF([m1], 1, 2)", "(" * 99 + "m1" + ")" * 99, "-" * 99 + "m1", " + ".join(["m1"] * 999)),
    ],
)
def test_what_is_wrong_or_not_emulated_is_refused(expression: str) -> None:
    with pytest.raises(MetricMathError):
        Formula("e1", {"e1": expression}, ("m1",))


atoms = st.sampled_from(["m1", "m2", "0", "2", "SUM(m1)", "AVG(m2)"])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", ">", "==", "AND"]), inner),
        st.builds("IF({}, {}, {})".format, inner, inner, inner),
        st.builds("FILL({}, {})".format, inner, st.sampled_from(["0", "REPEAT"])),
        st.builds("{}([{}, m1])".format, st.sampled_from(["SUM", "MIN", "AVG"]), inner),
    ),
    max_leaves=12,
)
points: Any = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=4, max_size=4)


@given(expressions, points, points)
def test_what_is_accepted_can_be_evaluated_whatever_the_data(expression: str, m1: Values, m2: Values) -> None:
    try:
        Formula("e1", {"e1": expression}, ("m1", "m2"))
    except MetricMathError:
        return
    assert len(result(expression, m1=m1, m2=m2)) == 4
