"""Checks what a caller attached to a payment and gives its canonical text."""

import unicodedata
from decimal import Decimal

from handlers.payments.exact_json import JsonObject, dumps
from handlers.payments.rules import RuleError

MAX_METADATA_BYTES = 4096
MAX_METADATA_DEPTH = 32
MAX_METADATA_MAGNITUDE = 308
"""Powers of ten that every reader's numbers can hold: 1e400 is Infinity to most of them."""

_WHITE_SPACE = "\t\n\r"
"""The control characters of plain text, which addresses and remarks hold."""


def check_metadata(value: object) -> str | None:
    """Return the canonical JSON of the metadata; None for null, which means the same as no metadata.

    Raises:
        RuleError: Not an object, or something in it breaks a rule.
    """
    if value is None:
        return None
    if not isinstance(value, JsonObject):
        raise RuleError("type", "must be a JSON object")
    _check(value, depth=1)
    canonical = dumps(value)
    if len(canonical.encode()) > MAX_METADATA_BYTES:
        raise RuleError("size", f"must be at most {MAX_METADATA_BYTES} bytes as compact UTF-8 JSON")
    return canonical


def _check(value: object, *, depth: int) -> None:
    if depth > MAX_METADATA_DEPTH:
        raise RuleError("nesting", f"must be nested at most {MAX_METADATA_DEPTH} deep")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, Decimal):
        _check_number(value)
    elif isinstance(value, list):
        for element in value:
            _check(element, depth=depth + 1)
    elif isinstance(value, JsonObject):
        if value.duplicates:
            raise RuleError("unique", "must give each name once")
        for name, member in value.items():
            _check_text(name)
            _check(member, depth=depth + 1)


def _check_text(text: str) -> None:
    categories = {unicodedata.category(char) for char in text if char not in _WHITE_SPACE}
    if "Cs" in categories:  # half of a pair: cannot be stored as UTF-8
        raise RuleError("text", "must hold no unpaired surrogates")
    if "Cc" in categories:
        raise RuleError("text", "must hold no control characters but tabs and line breaks")


def _check_number(number: Decimal) -> None:
    if not number.is_finite() or (number and abs(number.adjusted()) > MAX_METADATA_MAGNITUDE):
        raise RuleError("finite", f"must hold finite numbers, of at most {MAX_METADATA_MAGNITUDE} powers of ten")
