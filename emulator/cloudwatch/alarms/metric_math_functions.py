"""What metric math does with values: single numbers, time series with gaps, arrays of time series."""

import math
import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

Series = tuple[float | None, ...]
"""A value for each period, oldest first; None is a gap, and so is, in a result, what is not a number."""
Array = list[Series]
Value = float | str | Series | Array
"""The text is the word REPEAT."""


class MetricMathError(ValueError):
    """An expression has a mistake, or something that is not emulated."""


def _divide(left: float, right: float) -> float | None:
    return left / right if right else None  # "the data point is dropped"


OPERATORS: Final[dict[str, Callable[[float, float], float | None]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    **dict.fromkeys(("AND", "&&"), lambda left, right: float(bool(left and right))),
    **dict.fromkeys(("OR", "||"), lambda left, right: float(bool(left or right))),
}


def operate(operation: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    """Apply an operator to numbers, series or arrays; a gap counts as 0 where the other series has a value."""
    if isinstance(left, str) or isinstance(right, str):
        raise MetricMathError("REPEAT can only stand in FILL")
    if isinstance(left, list):
        others = right if isinstance(right, list) else [right] * len(left)
        if len(others) != len(left):
            raise MetricMathError(f"arrays of {len(left)} and {len(others)} time series do not fit together")
        return [_series(operate(operation, one, two)) for one, two in zip(left, others, strict=True)]
    if isinstance(right, list):
        return [_series(operate(operation, left, two)) for two in right]
    if isinstance(left, tuple):
        if isinstance(right, tuple):
            pairs = zip(left, right, strict=True)
            return tuple(None if one is two is None else operation(one or 0.0, two or 0.0) for one, two in pairs)
        return tuple(None if one is None else operation(one, right) for one in left)
    if isinstance(right, tuple):
        return tuple(None if two is None else operation(left, two) for two in right)
    result = operation(left, right)
    return math.nan if result is None else result


def negated(value: Value) -> Value:
    """Return the value with its sign turned."""
    return operate(operator.mul, -1.0, value)


def _series(value: Value) -> Series:
    if isinstance(value, tuple):
        return value
    raise MetricMathError("a time series is needed where there is none")


def _over(collect: Callable[[list[float]], float], *, gap: float | None) -> Callable[..., Value]:
    """Make MIN, MAX, SUM or AVG: of an array a series, of a series a number."""

    def function(*arguments: Value) -> Value:
        match arguments:
            case (list(array),) if array:
                columns = zip(*array, strict=True)
                return tuple(None if set(column) == {None} else collected(column) for column in columns)
            case (tuple(series),):
                return collected([each for each in series if each is not None])
            case _:
                raise MetricMathError("MIN, MAX, SUM and AVG take one time series, or one array that is not empty")

    def collected(values: Sequence[float | None]) -> float:
        filled = [gap if each is None else each for each in values]
        known = [each for each in filled if each is not None]
        return collect(known) if known else math.nan

    return function


def _abs(*arguments: Value) -> Value:
    if len(arguments) != 1:
        raise MetricMathError("ABS takes one value")
    return operate(lambda value, _: abs(value), arguments[0], 0.0)


def _if(*arguments: Value) -> Value:
    match arguments:
        case (float(condition), float(chosen), float(other)):
            return chosen if condition else other
        case (float(condition), tuple(chosen)):
            return chosen if condition else _gaps(len(chosen))
        case (float(condition), chosen, other):
            length = len(chosen) if isinstance(chosen, tuple) else len(_series(other))
            yes, no = _spread(chosen, length), _spread(other, length)
            return yes if condition else no
        case (tuple(condition), chosen):
            return _chosen(condition, chosen, _gaps(len(condition)))
        case (tuple(condition), chosen, other):
            return _chosen(condition, chosen, other)
        case _:
            raise MetricMathError("IF takes a condition and one or two values, each a number or one time series")


def _chosen(condition: Series, chosen: Value, other: Value) -> Series:
    yes, no = (_spread(each, len(condition)) for each in (chosen, other))
    # A gap in the chosen series counts as 0, one in the condition or in the other series drops the datapoint.
    return tuple(None if c is None else (y or 0.0) if c else n for c, y, n in zip(condition, yes, no, strict=True))


def _gaps(length: int) -> Series:
    return (None,) * length


def _spread(value: Value, length: int) -> Series:
    return (value,) * length if isinstance(value, float) else _series(value)


def _fill(*arguments: Value) -> Value:
    match arguments:
        case (list(array), filler):
            return [_series(_fill(each, filler)) for each in array]
        case (tuple(series), "REPEAT"):
            return tuple(accumulate(series, lambda last, each: last if each is None else each))
        case (tuple(series), float(filler)):
            return tuple(filler if each is None else each for each in series)
        case _:
            raise MetricMathError("FILL takes a time series or an array of them, and a number or REPEAT")


FUNCTIONS: Final[dict[str, Callable[..., Value]]] = {
    "ABS": _abs,
    "AVG": _over(lambda values: sum(values) / len(values), gap=0.0),
    "FILL": _fill,
    "IF": _if,
    "MAX": _over(max, gap=None),
    "MIN": _over(min, gap=None),
    "SUM": _over(sum, gap=0.0),
}
