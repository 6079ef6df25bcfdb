"""JSON without floats: numbers are read as exact decimals and written in one canonical form.

`dumps` sorts keys, writes no white space, and writes each number as RFC 8785 does, but with all its digits: equal
values give equal text, so that a replayed payment is recognised whatever wrote it down.
"""

import json
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring, encode_basestring_ascii
from operator import itemgetter

_LARGEST_PLAIN_POINT = 21
_SMALLEST_PLAIN_POINT = -6
_LARGEST_PLAIN = 10**_LARGEST_PLAIN_POINT

_name = itemgetter(0)


class InvalidJsonError(ValueError):
    """The text is not JSON, or is nested too deeply to be read."""


class JsonObject(dict[str, object]):
    """A JSON object that remembers which of its names were given more than once."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.duplicates: list[str] = []
        if len(self) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen and name not in self.duplicates:
                    self.duplicates.append(name)
                seen.add(name)


def loads(text: str) -> object:
    """Read `text`; objects become `JsonObject`, numbers `Decimal` (not finite if written so, or beyond any decimal).

    Raises:
        InvalidJsonError: The text is not JSON or is nested too deeply.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise InvalidJsonError("is nested too deeply") from None
    except ValueError:  # the parser's own text would quote the payment
        raise InvalidJsonError("is not JSON") from None


def dumps(value: object, *, ascii_only: bool = False) -> str:
    """Write `value`, made of dict, list, tuple, str, bool, None, int and finite Decimal, in its canonical form.

    Raises:
        TypeError: The value holds anything else, a float above all.
    """
    encode = encode_basestring_ascii if ascii_only else encode_basestring
    if isinstance(value, str):
        return encode(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        is_plain = isinstance(value, int) and abs(value) < _LARGEST_PLAIN
        return f"{value:d}" if is_plain else _number(Decimal(value))
    if isinstance(value, list | tuple):
        return f"[{','.join(dumps(element, ascii_only=ascii_only) for element in value)}]"
    if isinstance(value, dict):
        members = [
            f"{encode(name)}:{encode(of) if isinstance(of, str) else dumps(of, ascii_only=ascii_only)}"
            for name, of in sorted(value.items(), key=_name)
        ]
        return f"{{{','.join(members)}}}"
    raise TypeError(f"{type(value).__name__} has no exact JSON form")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal("Infinity")


_DECODER = json.JSONDecoder(
    parse_float=_decimal, parse_int=_decimal, parse_constant=_decimal, object_pairs_hook=JsonObject
)


def _number(value: Decimal) -> str:
    """Write a number without an arithmetic operation, since these round to the context's precision."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("a number that is not finite has no JSON form")
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant:
        return "0"
    point = len(written) + exponent  # where the decimal point stands, counted from the first significant digit
    minus = "-" if sign else ""
    if point > _LARGEST_PLAIN_POINT or point <= _SMALLEST_PLAIN_POINT:
        fraction = f".{significant[1:]}" if len(significant) > 1 else ""
        return f"{minus}{significant[0]}{fraction}e{point - 1:+d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{significant}"
    if len(significant) <= point:
        return f"{minus}{significant.ljust(point, '0')}"
    return f"{minus}{significant[:point]}.{significant[point:]}"
