"""DynamoDB's condition and update expressions, as far as the shipped code uses them; anything else is refused.

An expression is compiled once into functions of an item and of the request's names and values.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from simulation.primitives.errors import UnsupportedRequestError

Item = Mapping[str, Mapping[str, Any]]
Names = Mapping[str, str]
Values = Mapping[str, Mapping[str, Any]]
Condition = Callable[[Item, Names, Values], bool]
_Operand = Callable[[Item, Names, Values], Mapping[str, Any] | None]

_WORD = re.compile(r"\s*(<>|<=|>=|[=<>(),+]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_EMPTY: Mapping[str, Any] = {}


def holds(request: Mapping[str, Any], item: Item | None) -> bool:
    """Return whether a request's condition holds for the item as it is; without a condition it does."""
    text = request.get("ConditionExpression")
    if text is None:
        return True
    names = request.get("ExpressionAttributeNames", _EMPTY)
    return compiled(text)(item or _EMPTY, names, request.get("ExpressionAttributeValues", _EMPTY))


@cache
def compiled(text: str) -> Condition:
    """Return the condition as a function.

    Raises:
        UnsupportedRequestError: It uses what the simulation does not have.
    """
    parser = _Parser(text)
    condition = parser.either()
    parser.require_end()
    return condition


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _WORD.findall(text)
        if "".join(self.words) != re.sub(r"\s", "", text):
            raise UnsupportedRequestError(f"the expression {text!r}")
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, wanted: str | None = None) -> str:
        word = self.peek()
        if not word or (wanted is not None and word != wanted):
            raise UnsupportedRequestError(f"the expression {self.text!r} at {word!r}")
        self.at += 1
        return word

    def require_end(self) -> None:
        if self.peek():
            raise UnsupportedRequestError(f"the expression {self.text!r} at {self.peek()!r}")

    def either(self) -> Condition:
        left = self.both()
        while self.peek() == "OR":
            self.take()
            left = _or(left, self.both())
        return left

    def both(self) -> Condition:
        left = self.single()
        while self.peek() == "AND":
            self.take()
            left = _and(left, self.single())
        return left

    def single(self) -> Condition:
        word = self.peek()
        if word == "NOT":
            self.take()
            inner = self.single()
            return lambda item, names, values: not inner(item, names, values)
        if word == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if word in {"attribute_exists", "attribute_not_exists"}:
            self.take()
            self.take("(")
            operand = self.operand()
            self.take(")")
            wanted = word == "attribute_exists"
            return lambda item, names, values: (operand(item, names, values) is not None) is wanted
        left, sign, right = self.operand(), self.take(), self.operand()
        if sign not in _COMPARISONS:
            raise UnsupportedRequestError(f"the expression {self.text!r} at {sign!r}")
        return _comparison(left, _COMPARISONS[sign], right)

    def operand(self) -> _Operand:
        word = self.take()
        if word.startswith(":"):
            return lambda _, __, values: values[word]
        if word.startswith("#"):
            return lambda item, names, _: item.get(names[word])
        return lambda item, _, __: item.get(word)


def _or(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) or right(item, names, values)


def _and(left: Condition, right: Condition) -> Condition:
    return lambda item, names, values: left(item, names, values) and right(item, names, values)


def _comparison(left: _Operand, compare: Callable[[Any, Any], bool], right: _Operand) -> Condition:
    def condition(item: Item, names: Names, values: Values) -> bool:
        one, other = left(item, names, values), right(item, names, values)
        if one is None or other is None:
            return False  # a comparison with what is absent is false, whatever the sign
        (kind, value), (other_kind, other_value) = next(iter(one.items())), next(iter(other.items()))
        if kind != other_kind:
            return compare is _differs
        return compare(float(value), float(other_value)) if kind == "N" else compare(value, other_value)

    return condition


def _differs(one: Any, other: Any) -> bool:  # noqa: ANN401 -- numbers, texts or flags
    return bool(one != other)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": _differs,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
