"""Metric math as far as alarms commonly use it: arithmetic, comparisons, IF, FILL, and MIN, MAX, SUM, AVG.

Syntax and the treatment of gaps follow the CloudWatch user guide, "Using metric math"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). Everything else is refused.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from emulator.cloudwatch.alarms.metric_math_functions import MetricMathError, Series, Value
from emulator.cloudwatch.alarms.metric_math_parser import Node, Scope, parse


class Formula:
    """Expressions over metrics, of which one is the result."""

    def __init__(self, result: str, expressions: Mapping[str, str], metrics: Sequence[str]) -> None:
        """Parse the expressions; `metrics` are the ids of the metrics they may use.

        Raises:
            MetricMathError: One has a mistake, or something that is not emulated.
        """
        self._result = result
        self._metrics = tuple(metrics)
        self._expressions = {name: parse(text, self._metrics) for name, text in expressions.items()}
        # A value of each kind shows whether kinds fit together, and whether all ids exist.
        self.series(dict.fromkeys(metrics, (1.0,)))

    def series(self, metrics: Mapping[str, Series]) -> Series:
        """Return the result over the metrics' values, which are of equal length."""
        value = _Lookup(self._expressions, metrics)[self._result]
        if not isinstance(value, tuple):
            raise MetricMathError(f"{self._result} is no time series, which is what an alarm watches")
        return tuple(None if each is None or math.isnan(each) else each for each in value)


class _Lookup(Mapping[str, Value]):
    """Works expressions out when another one, or the alarm, asks for them."""

    def __init__(self, expressions: Mapping[str, Node], metrics: Scope) -> None:
        self._expressions, self._open = expressions, list[str]()
        self._known = dict(metrics)

    def __getitem__(self, name: str) -> Value:
        if name in self._known:
            return self._known[name]
        if name not in self._expressions:
            raise MetricMathError(f"{name} is neither a metric nor an expression of the alarm")
        if name in self._open:
            raise MetricMathError(f"{name} refers to itself")
        self._open.append(name)
        value = self._expressions[name](self)
        if isinstance(value, list):
            raise MetricMathError(f"{name} has more than one time series")
        self._open.pop()
        self._known[name] = value
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
