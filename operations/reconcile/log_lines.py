"""Verifies lines of the transaction log; a line whose digest does not match is passed on as malformed."""

import json
import re
from collections.abc import Iterator
from hashlib import sha256

from handlers.payments.logged_payment import LoggedPayment

_TEXT = rb'"[^"\\\x00-\x1f]+"'
_VALUE = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\bfnrt]|u00[01][0-9a-f])[^"\\\x00-\x1f]*+)*+"'
_FIELD = rb'"\w+":\{"\w+":' + _VALUE + rb"\}"
_AS_WRITTEN = re.compile(
    rb'\{"content":(\{' + _FIELD + rb"(?:," + _FIELD + rb')*+\}),"digest":"([0-9a-f]{64})",'
    rb'"id":' + _TEXT + rb',"region":' + _TEXT + rb'(?:,"requestId":' + _TEXT + rb')?,"storedAt":' + _TEXT + rb"\}"
)
"""A line as the functions write it, which needs no JSON parser: verifying it takes some microseconds."""


def split_lines(text: bytes) -> Iterator[bytes]:
    """Yield an object's lines without newlines; the last line may lack one."""
    return (line for line in text.split(b"\n") if line.strip())


def verify_line(line: bytes) -> bytes:
    """Return the line if it is valid, or else the id of its payment, if readable, and the SHA-256 of its content."""
    match = _AS_WRITTEN.fullmatch(line)
    if match is not None and sha256(match[1]).hexdigest().encode() == match[2] and _is_text(line):
        return line
    try:
        return LoggedPayment.from_line(line.decode()).line().encode()
    except ValueError:
        return json.dumps({"id": _stated_id(line), "malformed": sha256(line).hexdigest()}).encode()


def _is_text(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _stated_id(line: bytes) -> str:
    try:
        stated = json.loads(line)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return stated if isinstance(stated, str) and stated.isascii() else ""
