"""The syntax of metric math: one expression as a function of the values of metrics."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from emulator.cloudwatch.alarms.metric_math_functions import (
    FUNCTIONS,
    OPERATORS,
    Array,
    MetricMathError,
    Value,
    negated,
    operate,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/<>(),\[\]]))"
)
_PRECEDENCE = (("||", "OR"), ("&&", "AND"), ("==", "!=", "<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
_DEEPEST, _MOST_TOKENS = 40, 300  # far from where Python's own recursion would end

Scope = Mapping[str, Value]
"""The values of metrics, and of the expressions worked out so far, by their ids."""
Node = Callable[[Scope], Value]


def parse(text: str, metrics: tuple[str, ...]) -> Node:
    """Return an expression as a function; `metrics` are the ids that `METRICS()` stands for.

    Raises:
        MetricMathError: It has a mistake, or something that is not emulated.
    """
    return _Parser(text, metrics).parse()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Parser:
    """Turns one expression into a function of the metrics."""

    def __init__(self, text: str, metrics: tuple[str, ...]) -> None:
        self._text, self._metrics = text, metrics
        self._tokens = list(islice(self._split(text), _MOST_TOKENS + 1))
        if len(self._tokens) > _MOST_TOKENS:
            raise MetricMathError(f"{text[:20]!r}… is longer than {_MOST_TOKENS} words and signs")
        self._depth = 0

    def parse(self) -> Node:
        node = self._operation(0)
        if self._tokens:
            raise self._mistake()
        return node

    def _split(self, text: str) -> Iterator[_Token]:
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise MetricMathError(f"{text[at:].strip()[:20]!r} in {text!r} is not emulated")
            yield _Token(match.lastgroup, match[match.lastgroup])
            at = match.end()

    def _operation(self, level: int) -> Node:
        """Read operators of one precedence and what is between them, the tightest last."""
        if level == len(_PRECEDENCE):
            return self._operand()
        node = self._operation(level + 1)
        while self._tokens and self._tokens[0].text in _PRECEDENCE[level]:
            node = _applied(OPERATORS[self._tokens.pop(0).text], node, self._operation(level + 1))
        return node

    def _operand(self) -> Node:
        self._depth += 1
        if not self._tokens or self._depth > _DEEPEST:
            raise self._mistake()
        token = self._tokens.pop(0)
        node = self._of(token)
        self._depth -= 1
        return node

    def _of(self, token: _Token) -> Node:  # noqa: PLR0911 — one for each kind of token
        match token:
            case _Token("number", text):
                return _constant(float(text))
            case _Token("sign", "-"):
                operand = self._operand()
                return lambda scope: negated(operand(scope))
            case _Token("sign", "("):
                node = self._operation(0)
                self._take(")")
                return node
            case _Token("sign", "["):
                items = self._list("]")
                return lambda scope: _array([item(scope) for item in items])
            case _Token("name", name) if name[0].islower():
                return lambda scope: scope[name]
            case _Token("name", "METRICS"):
                return self._all_metrics()
            case _Token("name", "REPEAT"):
                return _constant("REPEAT")
            case _Token("name", name) if name in FUNCTIONS:
                self._take("(")
                arguments = self._list(")")
                return lambda scope: FUNCTIONS[name](*(argument(scope) for argument in arguments))
            case _:
                self._tokens.insert(0, token)
                raise self._mistake()

    def _all_metrics(self) -> Node:
        self._take("(")
        part = self._tokens.pop(0).text[1:-1] if self._tokens and self._tokens[0].kind == "text" else ""
        self._take(")")
        return lambda scope: _array([scope[name] for name in self._metrics if part in name])

    def _list(self, end: str) -> list[Node]:
        nodes = [self._operation(0)]
        while self._tokens and self._tokens[0].text == ",":
            self._tokens.pop(0)
            nodes.append(self._operation(0))
        self._take(end)
        return nodes

    def _take(self, text: str) -> None:
        if not self._tokens or self._tokens[0].text != text:
            raise self._mistake()
        self._tokens.pop(0)

    def _mistake(self) -> MetricMathError:
        what = repr(self._tokens[0].text) if self._tokens else "the end"
        return MetricMathError(f"{what} in {self._text!r} makes no sense there, or is not emulated")


def _constant(value: Value) -> Node:
    return lambda _scope: value


def _applied(operator: Callable[[float, float], float | None], left: Node, right: Node) -> Node:
    return lambda scope: operate(operator, left(scope), right(scope))


def _array(values: list[Value]) -> Array:
    """Flatten `[m1, METRICS("x")]` into one array."""
    array: Array = []
    for value in values:
        match value:
            case tuple():
                array.append(value)
            case list():
                array += value
            case _:
                raise MetricMathError("an array has numbers in it, where it can only have time series")
    return array
